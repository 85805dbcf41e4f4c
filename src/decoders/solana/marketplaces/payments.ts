/**
 * Who was paid inside a span, in lamports or in a token. Left out: rent (money for accounts that this transaction opens), what goes back to
 * the buyer, and what only passes through an escrow.
 */
import type { SolanaTransaction } from '../../../chains/solana/transaction.js';
import { type Effect, NATIVE } from '../effect.js';
import { NATIVE_MINT, SYSTEM_PROGRAM } from '../programs.js';

export interface Payments {
  /** `SOL` (also for wrapped SOL) or a mint. */
  readonly currency: string;
  readonly decimals: number;
  /** Base units by receiving wallet. */
  readonly received: ReadonlyMap<string, bigint>;
  /** What the seller pays out of his own, by receiving wallet: no part of `total`. */
  readonly bySeller: ReadonlyMap<string, bigint>;
  readonly total: bigint;
  readonly effects: readonly Effect[];
}

/** Accounts that were opened in the transaction, and its token accounts: lamports sent to them are rent. */
export function openedAccounts(transaction: SolanaTransaction): ReadonlySet<string> {
  const opened = new Set<string>();
  for (const { account } of transaction.preTokenBalances) opened.add(account);
  for (const { account } of transaction.postTokenBalances) opened.add(account);
  for (const instruction of transaction.instructions) {
    if (instruction.programId !== SYSTEM_PROGRAM) continue;
    const { accounts, data } = instruction;
    if (data.length < 4) continue;
    // CreateAccount 0, Assign 1, CreateAccountWithSeed 3, Allocate 8, AllocateWithSeed 9, AssignWithSeed 10.
    const account =
      data[0] === 0 || data[0] === 3
        ? accounts[1]
        : [1, 8, 9, 10].includes(data[0] ?? 255)
          ? accounts[0]
          : undefined;
    if (account !== undefined) opened.add(account);
  }
  return opened;
}

/** `seller`: his own payments (fees out of what he received) are not the buyer's. */
export function paymentsOf(
  effects: readonly Effect[],
  opened: ReadonlySet<string>,
  buyer: string | undefined,
  seller: string | undefined,
  isMoney: (effect: Effect) => boolean,
): Payments | null {
  const byCurrency = new Map<string, Effect[]>();
  for (const effect of effects) {
    const { source, destination } = effect;
    if (
      effect.kind !== 'transfer' ||
      effect.amount === 0n ||
      source === undefined ||
      destination === undefined ||
      !isMoney(effect)
    )
      continue;
    if (source.owner === destination.owner) continue;
    if (effect.asset === NATIVE && opened.has(destination.account)) continue;
    const currency = effect.asset === NATIVE_MINT ? NATIVE : effect.asset;
    byCurrency.set(currency, [...(byCurrency.get(currency) ?? []), effect]);
  }
  let best: Payments | null = null;
  for (const [currency, transfers] of byCurrency) {
    const payments = add(currency, transfers, buyer, seller);
    if (payments.total > 0n && (best === null || isBetter(payments, best, seller))) best = payments;
  }
  return best;
}

function add(
  currency: string,
  transfers: readonly Effect[],
  buyer: string | undefined,
  seller: string | undefined,
): Payments {
  const payers = new Set(transfers.map(({ source }) => source?.owner));
  const received = new Map<string, bigint>();
  const bySeller = new Map<string, bigint>();
  const effects: Effect[] = [];
  let total = 0n;
  for (const effect of transfers) {
    const { source, destination, amount } = effect;
    if (source === undefined || destination === undefined) continue;
    const to = destination.owner;
    if (source.owner === seller) bySeller.set(to, (bySeller.get(to) ?? 0n) + amount);
    if (source.owner === seller || to === buyer || (to !== seller && payers.has(to))) continue;
    received.set(to, (received.get(to) ?? 0n) + amount);
    effects.push(effect);
    total += amount;
  }
  return {
    currency,
    decimals: currency === NATIVE ? 9 : (transfers[0]?.decimals ?? 0),
    received,
    bySeller,
    total,
    effects,
  };
}

/** What the seller got decides the currency; lamports also go to fees, rent and tips. */
function isBetter(a: Payments, b: Payments, seller: string | undefined): boolean {
  const paid = (payments: Payments) => seller !== undefined && payments.received.has(seller);
  if (paid(a) !== paid(b)) return paid(a);
  return a.currency !== NATIVE && b.currency === NATIVE;
}

/** Who got most. */
export function largestReceiver({ received }: Payments): string | undefined {
  let best: [string, bigint] | undefined;
  for (const entry of received) if (best === undefined || entry[1] > best[1]) best = entry;
  return best?.[0];
}

/**
 * Money that a program moved between accounts of its own, without a transfer instruction: what each of these accounts gained beyond the
 * lamports that instructions sent it. Opened accounts hold rent and are left out. Only good for accounts that cannot gain otherwise.
 */
export function directGains(
  candidates: readonly string[],
  transaction: SolanaTransaction,
  effects: readonly Effect[],
  opened: ReadonlySet<string>,
): ReadonlyMap<string, bigint> {
  const gains = new Map<string, bigint>();
  for (const account of new Set(candidates)) {
    const place = transaction.accountKeys.indexOf(account);
    if (place < transaction.signerCount || opened.has(account)) continue;
    let gain = (transaction.postBalances[place] ?? 0n) - (transaction.preBalances[place] ?? 0n);
    for (const { asset, source, destination, amount } of effects) {
      if (asset !== NATIVE) continue;
      if (destination?.account === account) gain -= amount;
      if (source?.account === account) gain += amount;
    }
    if (gain > 0n) gains.set(account, gain);
  }
  return gains;
}
