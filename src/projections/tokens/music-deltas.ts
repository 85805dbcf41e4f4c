/** What events do to MusicToken: sums per wallet, in which order and batching of events do not matter. */
import type { LedgerRow } from '../../store/ledger/ledger.js';
import { timeOf } from '../dated.js';
import { isPlatformToken, type KnownToken, type ProjectionContext } from '../projection.js';

/** What a wallet's events add to its user's MusicToken row. Amounts in base units, times in Unix seconds. */
export interface MusicDelta {
  readonly address: string;
  readonly balance: bigint;
  readonly earned: bigint;
  readonly spent: bigint;
  /** Time of the newest claim; null when there is none. */
  readonly lastClaimed: number | null;
  readonly firstTime: number;
  readonly lastTime: number;
}

const STAKE_KINDS = new Set(['stake', 'unstake', 'claim']);

/**
 * Sums the rows of successful events per wallet. Whoever stakes, unstakes or claims gets a delta even when no
 * token moved, because Staking rows refer to a MusicToken row.
 * @returns deltas sorted by wallet address
 */
export function musicDeltas(rows: readonly LedgerRow[], context: ProjectionContext): MusicDelta[] {
  const sums = new Map<string, MusicDelta>();
  for (const row of rows) {
    if (row.event.outcome !== 'ok') continue;
    for (const part of musicParts(row, context)) {
      const known = sums.get(part.address);
      sums.set(part.address, known ? addDeltas(known, part) : part);
    }
  }
  return [...sums.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
}

function musicParts(row: LedgerRow, context: ProjectionContext): MusicDelta[] {
  const { event } = row;
  const time = timeOf(row);
  const part = (
    address: string,
    balance: bigint,
    earned: bigint,
    spent: bigint,
    lastClaimed: number | null,
  ): MusicDelta => ({
    address,
    balance,
    earned,
    spent,
    lastClaimed,
    firstTime: time,
    lastTime: time,
  });
  const parts = (event.movements ?? [])
    .filter((movement) => isPlatformToken(context, row.chain, movement.token))
    .map(({ owner, delta }) => {
      const earns = delta > 0n && (event.kind === 'sale' || (event.kind === 'claim' && owner === event.from));
      const spends = delta < 0n && event.kind === 'sale';
      return part(owner, delta, earns ? delta : 0n, spends ? -delta : 0n, null);
    });
  if (STAKE_KINDS.has(event.kind) && event.from !== undefined)
    parts.push(part(event.from, 0n, 0n, 0n, event.kind === 'claim' ? time : null));
  return parts;
}

/**
 * Adds up two deltas. The result carries the address of `a`: the two may be different wallets of one user.
 */
export function addDeltas(a: MusicDelta, b: MusicDelta): MusicDelta {
  return {
    address: a.address,
    balance: a.balance + b.balance,
    earned: a.earned + b.earned,
    spent: a.spent + b.spent,
    lastClaimed:
      a.lastClaimed === null
        ? b.lastClaimed
        : b.lastClaimed === null
          ? a.lastClaimed
          : Math.max(a.lastClaimed, b.lastClaimed),
    firstTime: Math.min(a.firstTime, b.firstTime),
    lastTime: Math.max(a.lastTime, b.lastTime),
  };
}

/** The configured token that MusicToken counts on the chain; undefined when there is none. */
export function platformTokenOn(
  context: ProjectionContext,
  chain: KnownToken['chain'],
): KnownToken | undefined {
  const symbol = context.platformToken[chain];
  return context.tokens.find((token) => token.chain === chain && token.symbol === symbol);
}
