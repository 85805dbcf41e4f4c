/**
 * Late discovery, from the block that makes an address ours to the block's hand-over
 * (docs/adr/0005-addresses-found-late.md): announce the address, so that every process follows it; fence, so
 * that what was read without it is refused; catch up: read and reconcile its transactions in the ranges that
 * were covered without it; only then hand the block on, so that whoever reads what is covered finds nothing
 * missing.
 */
import type { DecodedTransaction } from '../events/event.js';
import { type BlockRange, blockCount } from '../events/range.js';
import type { DiscoveryDeps } from './deps.js';
import { announceAndFence, hullOf } from './fence.js';
import { createFindings } from './findings.js';
import { lookUp } from './look-up.js';
import { reconcileFound } from './reconcile-found.js';
import { scan } from './scan.js';

export interface CaughtUp {
  /**
   * All that were caught up with, those that were discovered on the way included, and the block that each was
   * discovered in.
   */
  readonly addresses: ReadonlyMap<string, number>;
  /** Of the addresses in the blocks that were held: to be handed on with them, not reconciled yet. */
  readonly inHeld: readonly DecodedTransaction[];
  /** Number of the last announcement: the blocks that were held may be handed on with it. */
  readonly knowledge: number;
}

/** Blocks that are read again as a whole rather than looked through address by address. */
const SCAN_UP_TO = 2_000;

/**
 * Announces, fences and catches up, for the addresses and for those that their transactions make known.
 * @param addresses with the block that each was discovered in
 * @param held blocks that were read and are not handed on yet
 * @throws NdxError as Discoveries.announce, reconcileFound, or what the endpoints said
 */
export async function catchUp(
  deps: DiscoveryDeps,
  addresses: ReadonlyMap<string, number>,
  signal: AbortSignal,
  held?: BlockRange,
): Promise<CaughtUp> {
  const findings = createFindings(addresses);
  const fenced = await announceAndFence(deps, addresses, held?.toBlock ?? Number.POSITIVE_INFINITY, signal);
  const hull = hullOf(fenced.ranges);
  const few = !hull || blockCount([hull]) <= SCAN_UP_TO;
  const knowledge = await (deps.reader.readAddresses && few
    ? scan(deps, findings, fenced, signal)
    : lookUp(deps, findings, fenced, held, signal));
  const isHeld = ({ block }: DecodedTransaction) =>
    held !== undefined && block >= held.fromBlock && block <= held.toBlock;
  const inHeld: DecodedTransaction[] = [];
  for (const finality of ['finalized', 'confirmed'] as const) {
    const found = findings.transactions(finality);
    inHeld.push(...found.filter(isHeld));
    const transactions = found.filter((transaction) => !isHeld(transaction));
    await reconcileFound(
      deps,
      { transactions, source: findings.source(finality), finality, knowledge },
      signal,
    );
  }
  return { addresses: findings.addresses, inHeld, knowledge };
}
