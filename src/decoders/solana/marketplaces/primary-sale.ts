/**
 * NFTs that are paid for where they are minted: the price stands on the mint event, and who was paid most is
 * the seller. Only money counts that a wallet sends beside the mint, or beside the instruction that describes
 * the new NFT; rent of new accounts does not.
 */
import type { SolanaInstruction, SolanaTransaction } from '../../../chains/solana/transaction.js';
import type { ChainEvent } from '../../../events/event.js';
import { isOnCurve } from '../address/curve.js';
import type { Effect } from '../effect.js';
import { isTokenProgram, SYSTEM_PROGRAM, TOKEN_METADATA_PROGRAM } from '../programs.js';
import { callsOf, subtreeOf } from '../walk/subtree.js';
import { largestReceiver, openedAccounts, paymentsOf } from './money/payments.js';

export interface PrimarySale {
  /** Wallet that got most of the price. */
  readonly seller: string;
  readonly facts: Pick<ChainEvent, 'price' | 'details'>;
  /** The transfers that paid. */
  readonly effects: readonly Effect[];
}

/**
 * The NFT mints of the transaction that were paid for, with their sale. Several mints of one instruction
 * share the price equally; the first also gets the remainder.
 */
export function readPrimarySales(
  transaction: SolanaTransaction,
  effects: readonly Effect[],
): ReadonlyMap<Effect, PrimarySale> {
  const sales = new Map<Effect, PrimarySale>();
  const mints = effects.filter(isNftMint);
  if (mints.length === 0) return sales;
  const { instructions, accountKeys, signerCount } = transaction;
  // Whoever signed is a wallet. That costs nothing to know, and is so of nearly every buyer.
  const signers = new Set(accountKeys.slice(0, signerCount));
  const isWallet = (owner: string) => signers.has(owner) || isOnCurve(owner);
  const opened = openedAccounts(transaction);
  const byOuter = new Map<number, Effect[]>();
  for (const mint of mints) {
    const outer = soldBy(mint, transaction);
    if (outer !== undefined) byOuter.set(outer, [...(byOuter.get(outer) ?? []), mint]);
  }
  for (const [place, sold] of [...byOuter].flatMap((group) => apart(group, effects, instructions))) {
    const { first, last } = subtreeOf(instructions, place);
    const beside = effects.filter(({ ordinal }) => ordinal >= first && ordinal <= last);
    const owner = sold[0]?.destination?.owner;
    const isMoney = ({ decimals, standard, source }: Effect) =>
      standard === undefined && decimals > 0 && source !== undefined && isWallet(source.owner);
    const payments = paymentsOf(beside, opened, owner, undefined, isMoney);
    const seller = payments === null ? undefined : largestReceiver(payments);
    if (payments === null || seller === undefined) continue;
    const { currency, decimals, total, received } = payments;
    const others = [...received].filter(([account]) => account !== seller);
    const share = total / BigInt(sold.length);
    sold.forEach((mint, at) => {
      const amount = at === 0 ? total - share * BigInt(sold.length - 1) : share;
      sales.set(mint, {
        seller,
        facts: {
          price: { amount, currency, decimals },
          ...(others.length > 0 && {
            details: { payouts: Object.fromEntries(others.map(([to, paid]) => [to, paid.toString()])) },
          }),
        },
        effects: payments.effects,
      });
    });
  }
  return sales;
}

/**
 * Mints that one instruction had others make, each with its own payment, are sales of their own.
 * @returns each with the instruction beside which it was paid for
 */
function apart(
  [outer, sold]: readonly [number, readonly Effect[]],
  effects: readonly Effect[],
  instructions: readonly SolanaInstruction[],
): readonly (readonly [number, readonly Effect[]])[] {
  const whole = [[outer, sold]] as const;
  if (sold.length < 2) return whole;
  const within = (place: number, ordinal: number): boolean => {
    const { first, last } = subtreeOf(instructions, place);
    return ordinal >= first && ordinal <= last;
  };
  const calls = callsOf(instructions, outer).filter(({ programId }) => !isPlain(programId));
  const parts = sold.map((mint) => {
    const places = [mint.ordinal, describedAt(mint, instructions) ?? mint.ordinal];
    const call = places.flatMap((place) => calls.find(({ ordinal }) => within(ordinal, place)) ?? []).at(0);
    return [call?.ordinal ?? outer, [mint]] as const;
  });
  const alone = new Set(parts.map(([place]) => place)).size === parts.length;
  const paid = parts.every(([place]) =>
    effects.some(
      ({ kind, decimals, ordinal }) => kind === 'transfer' && decimals > 0 && within(place, ordinal),
    ),
  );
  return alone && paid ? parts : whole;
}

/** Ordinal of the call that describes the new mint, by a program that is not Token Metadata itself. */
function describedAt({ asset }: Effect, instructions: readonly SolanaInstruction[]): number | undefined {
  return instructions.find(
    ({ programId, accounts, inner }) =>
      programId === TOKEN_METADATA_PROGRAM && inner !== -1 && accounts.includes(asset),
  )?.ordinal;
}

function isNftMint({ kind, decimals, amount }: Effect): boolean {
  return kind === 'mint' && decimals === 0 && amount === 1n;
}

/**
 * Ordinal of the outer instruction of a program that sells: the one that minted, else the one that describes
 * the new mint.
 */
function soldBy(mint: Effect, { instructions }: SolanaTransaction): number | undefined {
  for (const place of [mint.ordinal, describedAt(mint, instructions) ?? mint.ordinal]) {
    const inside = instructions[place];
    const outer = instructions.find((one) => one.outer === inside?.outer && one.inner === -1);
    if (outer !== undefined && !isPlain(outer.programId)) return outer.ordinal;
  }
  return undefined;
}

function isPlain(programId: string): boolean {
  return isTokenProgram(programId) || programId === SYSTEM_PROGRAM || programId === TOKEN_METADATA_PROGRAM;
}
