/**
 * Late discovery, from the block that makes an address ours until that block is handed on
 * (docs/adr/0005-addresses-found-late.md). Announce the address, so that every process follows it. Fence, so
 * that reconcile refuses what was read without it. Catch up: read and reconcile its transactions in the
 * ranges that were covered without it. Only then hand the block on, so that whoever reads covered blocks
 * finds nothing missing.
 */
import type { OwedCheck } from '../events/batch.js';
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
   * All addresses that were caught up with, each with the block that it was discovered in. Those discovered
   * while catching up are among them.
   */
  readonly addresses: ReadonlyMap<string, number>;
  /**
   * Transactions of the addresses in the blocks that were held back: not reconciled yet, to be handed on with
   * them.
   */
  readonly inHeld: readonly DecodedTransaction[];
  /** What is owed of the blocks from which these were read. */
  readonly owed: readonly OwedCheck[];
  /** Number of the last announcement: the blocks that were held back may be handed on with it. */
  readonly knowledge: number;
}

/**
 * Up to so many block numbers are read again block by block; for more, each address is looked up by itself.
 */
const SCAN_UP_TO = 2_000;

/**
 * Announces, fences and catches up, for the addresses and for those that their transactions discover.
 * @param addresses each with the block that it was discovered in
 * @param held blocks that were read and are not handed on yet
 * @throws NdxError BLOCK_UNAVAILABLE (retryable) when others announced at the same time, or a job failed or
 * was refused; what the endpoints said
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
  const isHeld = ({ block }: { readonly block: number }) =>
    held !== undefined && block >= held.fromBlock && block <= held.toBlock;
  const inHeld: DecodedTransaction[] = [];
  const owing: OwedCheck[] = [];
  for (const finality of ['finalized', 'confirmed'] as const) {
    const found = findings.transactions(finality);
    inHeld.push(...found.filter(isHeld));
    const transactions = found.filter((transaction) => !isHeld(transaction));
    owing.push(...findings.owed(finality).filter(isHeld));
    const [source, owed] = [findings.source(finality), findings.owed(finality)];
    await reconcileFound(deps, { transactions, source, owed, finality, knowledge }, signal);
  }
  return { addresses: findings.addresses, inHeld, owed: owing, knowledge };
}
