/**
 * Who was paid inside a span, in lamports or in a token. Left out are rent (lamports for accounts that this
 * transaction opens), what goes back to the buyer, and what only passes through an escrow.
 */
import type { SolanaTransaction } from '../../../../chains/solana/transaction.js';
import { isOnCurve } from '../../address/curve.js';
import { type Effect, NATIVE } from '../../effect.js';
import { NATIVE_MINT, SYSTEM_PROGRAM } from '../../programs.js';

export interface Payments {
  /** `SOL` (also for wrapped SOL) or a mint. */
  readonly currency: string;
  readonly decimals: number;
  /** Base units by receiving wallet. */
  readonly received: ReadonlyMap<string, bigint>;
  /** What the seller pays out of his own money, by receiving wallet, in base units; not part of `total`. */
  readonly bySeller: ReadonlyMap<string, bigint>;
  readonly total: bigint;
  /** Wallets that paid, and accounts of programs that paid. */
  readonly payers: ReadonlySet<string>;
  readonly effects: readonly Effect[];
}

/** Accounts that the transaction opens, and its token accounts: lamports sent to them are rent. */
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

/**
 * The payments in the currency that fits best; null when nobody was paid.
 * @param seller his own payments (fees out of what he received) are not the buyer's
 */
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
      destination === undefined
    )
      continue;
    if (effect.asset === NATIVE && opened.has(destination.account)) continue;
    if (!isMoney(effect)) continue;
    if (source.owner === destination.owner && !isOwnTreasury(effect, effects)) continue;
    const currency = effect.asset === NATIVE_MINT ? NATIVE : effect.asset;
    byCurrency.set(currency, [...(byCurrency.get(currency) ?? []), effect]);
  }
  let best: Payments | null = null;
  for (const [currency, transfers] of byCurrency) {
    const payments = add(currency, transfers, buyer, seller);
    if (payments.total > 0n && (best === null || isBetter(payments, best, buyer, seller))) best = payments;
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
    const own = source.owner === destination.owner;
    const to = own ? destination.account : destination.owner;
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
    payers: new Set(effects.flatMap(({ source }) => source?.owner ?? [])),
    effects,
  };
}

/**
 * A program that holds its escrow and its treasury by one address pays itself: that is its fee, unless the
 * account passes it on.
 */
function isOwnTreasury({ source, destination, asset }: Effect, effects: readonly Effect[]): boolean {
  if (source === undefined || destination === undefined || asset === NATIVE) return false;
  if (source.account === destination.account || isOnCurve(source.owner)) return false;
  return !effects.some((other) => other.source?.account === destination.account);
}

/**
 * The currency in which the seller was paid, else the buyer paid, is the right one; lamports also go to fees,
 * rent and tips.
 */
function isBetter(a: Payments, b: Payments, buyer: string | undefined, seller: string | undefined): boolean {
  const paid = (payments: Payments) => seller !== undefined && payments.received.has(seller);
  if (paid(a) !== paid(b)) return paid(a);
  const byBuyer = (payments: Payments) => buyer !== undefined && payments.payers.has(buyer);
  if (byBuyer(a) !== byBuyer(b)) return byBuyer(a);
  return a.currency !== NATIVE && b.currency === NATIVE;
}

/** The wallet that received most. */
export function largestReceiver({ received }: Payments): string | undefined {
  let best: [string, bigint] | undefined;
  for (const entry of received) if (best === undefined || entry[1] > best[1]) best = entry;
  return best?.[0];
}

/**
 * Lamports that a program moved itself, without a transfer instruction: what accounts of the instruction
 * gained and others of it lost.
 * @param direct see `DecodeContext`
 * @param least lamports: less is the rent of accounts that the program closed
 */
export function directPayments(
  direct: ReadonlyMap<string, bigint>,
  accounts: readonly string[],
  opened: ReadonlySet<string>,
  buyer: string,
  least: bigint,
): Payments | null {
  const received = new Map<string, bigint>();
  const payers = new Set<string>();
  for (const account of new Set(accounts)) {
    const change = direct.get(account) ?? 0n;
    if (change < 0n) payers.add(account);
    if (change > 0n && account !== buyer && !opened.has(account)) received.set(account, change);
  }
  const total = [...received.values()].reduce((sum, amount) => sum + amount, 0n);
  if (payers.size === 0 || total === 0n || total < least) return null;
  return { currency: NATIVE, decimals: 9, received, bySeller: new Map(), total, payers, effects: [] };
}
