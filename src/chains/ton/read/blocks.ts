/**
 * Reads masterchain blocks; each is proven to hold everything that it commits before it is handed on, and to
 * follow upon the block before it.
 */
import type { OwedCheck } from '../../../events/batch.js';
import { messageOf } from '../../../runtime/errors.js';
import type { Log } from '../../../runtime/log.js';
import { NewestMap } from '../../../runtime/newest-map.js';
import type { Asked, AskOptions } from '../../http/ask.js';
import { badResponse, RpcError } from '../../http/errors.js';
import { mapInOrder } from '../../http/in-order.js';
import type { BlockSpan } from '../../source.js';
import type { Listing } from '../../witness/listing.js';
import type { ShownBlock as Compared, Witness } from '../../witness/witness.js';
import type { RawTransaction, ShownBlock } from '../endpoints/endpoint.js';
import type { TonPool } from '../pool.js';
import { whatIsMissing } from '../prove.js';
import type { ShardBlockId } from '../shards.js';
import { createFollowing } from './following.js';
import { type FetchTransaction, inOrder, type OpenBlock, openBlock, whatIsRepeated } from './open-block.js';

export interface TonReadOptions {
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** How long a block waits for another endpoint's word of it; default 5,000. */
  readonly patienceMs?: number | undefined;
}

interface OpenOptions extends Pick<TonReadOptions, 'signal' | 'patienceMs'> {
  /** Whether many blocks are read, so that endpoints which give whole ones are asked first. */
  readonly bulk: boolean;
}

export interface TonBlocksDeps {
  readonly pool: TonPool;
  readonly log: Log;
  /** Whether the account is ours, as far as is known by now. */
  readonly ours: (account: string) => boolean;
  readonly witness: () => Pick<Witness, 'attested'>;
}

/** A proven masterchain block with the root hash of the block that it follows upon. */
export interface TonSpan extends BlockSpan<OpenBlock> {
  readonly block: OpenBlock;
  readonly parentHash: string;
}

export interface TonBlocks {
  /**
   * @throws RpcError BLOCK_UNAVAILABLE when no endpoint shows all of it; SOURCES_DISAGREE when two show
   * different transactions and nobody settles it
   */
  open(seqno: number, options: OpenOptions): Promise<OpenBlock>;
  /**
   * To be called for a block that holds something of ours: it is compared with what another endpoint says of
   * it, when that has not been done.
   * @throws NdxError SOURCES_DISAGREE
   */
  vouch(block: OpenBlock, signal: AbortSignal): Promise<void>;
  /**
   * The block, when another endpoint's word of it was not given in time: whoever hands it on says so with it.
   */
  owedOf(block: OpenBlock): readonly OwedCheck[];
  /** These blocks are wrong, or one of them is: they are asked for again. */
  forget(...seqnos: readonly number[]): void;
  /** What one endpoint says that the block holds; asked once. */
  list(seqno: number, endpoint: string, signal: AbortSignal): Promise<Listing>;
  /**
   * The blocks of the range in order.
   * @throws RpcError BLOCK_UNAVAILABLE (retryable) when a block does not follow upon the one before it
   */
  read(
    range: { readonly fromBlock: number; readonly toBlock: number },
    options: TonReadOptions,
  ): AsyncIterable<TonSpan>;
  /** Of the blocks opened lately, those with the highest numbers first. */
  recent(): readonly OpenBlock[];
  /** The block, when it was opened lately. */
  recentAt(seqno: number): OpenBlock | null;
}

/** How many blocks are kept at least: a trace seldom lasts longer, whatever the blocks weigh… */
const FEWEST_BLOCKS = 16;
/** …and at most, when they are light: an account found late may have to be looked for in them. */
const MOST_BLOCKS = 512;
/**
 * In transactions given whole, about 25 kB each with their bytes; one of which only the place was given
 * weighs a tenth.
 */
const MOST_WEIGHT = 2_000;
const KEPT_TOPS = 512;
const PATIENCE_MS = 5_000;
/** Ranges of at least this many blocks are read from endpoints that give whole blocks. */
const BULK = 8;

/** Keeps the blocks opened lately in memory, up to a weight: traces run on in the blocks that follow. */
export function createTonBlocks({ pool, log, ours, witness }: TonBlocksDeps): TonBlocks {
  const tops = new NewestMap<number, Promise<readonly ShardBlockId[]>>(KEPT_TOPS);
  const kept = new Map<number, OpenBlock>();
  /** Blocks that were not compared, because nothing of ours was known to be in them. */
  const unseen = new WeakMap<OpenBlock, Compared>();
  const owing = new WeakMap<OpenBlock, OwedCheck>();
  let newestFirst: readonly OpenBlock[] | null = null;
  const live = pool.preferring('v4', 'toncenter-v3', 'toncenter-v2');
  const bulk = pool.preferring('toncenter-v3', 'v4', 'toncenter-v2');
  /** TonClient4 has to be asked once for every shard, so it comes last. */
  const forTops = pool.preferring('toncenter-v3', 'toncenter-v2', 'v4');

  function topsAt(seqno: number, signal: AbortSignal): Promise<readonly ShardBlockId[]> {
    if (seqno < 1) return Promise.resolve([]);
    const known = tops.get(seqno);
    if (known) return known;
    const asked = pool
      .ask('tops', (endpoint) => endpoint.tops(seqno, { signal }), { signal, block: seqno, prefer: forTops })
      .then(({ value }) => value);
    // A failure is not remembered: it may be another caller's abort.
    asked.catch(() => tops.get(seqno) === asked && tops.delete(seqno));
    tops.set(seqno, asked);
    return asked;
  }

  const fetch: FetchTransaction = async (id, seqno, signal) => {
    const { value } = await pool.ask(
      'transaction',
      async (endpoint) => {
        const found = (await endpoint.transactions(id.account, id, { signal })).find(
          ({ hash }) => hash === id.hash,
        );
        if (found) return readBy(endpoint.name, found);
        throw new RpcError(
          'BLOCK_UNAVAILABLE',
          'incomplete',
          endpoint.name,
          `transaction ${id.hash} of block ${seqno} is not there`,
          {
            retryable: true,
          },
        );
      },
      { signal, block: seqno, prefer: live },
    );
    return value;
  };

  /** The whole block, by the first endpoint that shows all of it. */
  async function show(
    seqno: number,
    how: Pick<AskOptions, 'signal' | 'prefer' | 'only' | 'retries'>,
  ): Promise<Asked<ShownBlock>> {
    const { signal } = how;
    const [before, after] = await Promise.all([topsAt(seqno - 1, signal), topsAt(seqno, signal)]);
    const shownBy = async (endpoint: Parameters<Parameters<TonPool['ask']>[1]>[0]): Promise<ShownBlock> => {
      const shown = await endpoint.block(seqno, before, { signal });
      const twice = whatIsRepeated(shown.transactions);
      if (twice !== null)
        throw badResponse(endpoint.name, `masterchain block ${seqno}: answered a block that holds ${twice}`);
      const missing = whatIsMissing(before, shown.shardBlocks, after);
      if (missing === null) return shown;
      log.warn(
        { endpoint: endpoint.name, block: seqno, missing },
        `${endpoint.name} does not show all of masterchain block ${seqno}: asking another`,
      );
      throw new RpcError(
        'BLOCK_UNAVAILABLE',
        'incomplete',
        endpoint.name,
        `masterchain block ${seqno} is not complete: ${missing}`,
        {
          retryable: true,
        },
      );
    };
    try {
      return await pool.ask('block', shownBy, { block: seqno, ...how });
    } catch (error) {
      // The shards' newest blocks may be what was told wrongly: they are asked for again.
      if (error instanceof RpcError && error.reason === 'incomplete')
        for (const at of [seqno - 1, seqno]) tops.delete(at);
      log.debug({ block: seqno }, `masterchain block ${seqno}: ${messageOf(error)}`);
      throw error;
    }
  }

  async function open(
    seqno: number,
    { signal, bulk: many, patienceMs = PATIENCE_MS }: OpenOptions,
  ): Promise<OpenBlock> {
    const known = kept.get(seqno);
    if (known) return known;
    const prefer = many ? bulk : live;
    const fetchShown = async (only?: readonly string[]) => {
      const { value, endpoint } = await show(seqno, { signal, prefer, ...(only ? { only } : {}) });
      return {
        value,
        block: seqno,
        final: true,
        source: endpoint,
        ours: value.transactions.some(({ account }) => ours(account)),
        listing: () => listingOf(value),
      };
    };
    const { shown, compared, owed } = await witness().attested(fetchShown, { signal, patienceMs });
    const opened = openBlock(seqno, shown.source, shown.value, fetch);
    if (owed) owing.set(opened, owed);
    if (!compared) unseen.set(opened, shown);
    kept.set(seqno, opened);
    forgetHeavy(kept);
    newestFirst = null;
    return opened;
  }

  function forget(...seqnos: readonly number[]): void {
    for (const seqno of seqnos) {
      kept.delete(seqno);
      tops.delete(seqno);
    }
    newestFirst = null;
  }

  async function* numbers(from: number, to: number): AsyncGenerator<number, void, undefined> {
    for (let seqno = from; seqno <= to; seqno += 1) yield seqno;
  }

  return {
    open,
    async vouch(block, signal) {
      const shown = unseen.get(block);
      if (!shown || shown.ours) return;
      const how = { signal, patienceMs: PATIENCE_MS };
      try {
        const { owed } = await witness().attested(async () => ({ ...shown, ours: true }), how);
        if (owed) owing.set(block, owed);
      } catch (error) {
        // Whoever reads it next asks for it anew: what is kept may be what the others contradict.
        forget(block.seqno);
        throw error;
      }
      unseen.delete(block);
    },
    owedOf: (block) => {
      const owed = owing.get(block);
      return owed ? [owed] : [];
    },
    forget,
    list: async (seqno, endpoint, signal) => {
      const how = { signal, prefer: [endpoint], only: [endpoint], retries: 0 };
      return listingOf((await show(seqno, how)).value);
    },
    async *read({ fromBlock, toBlock }, { concurrency, signal, patienceMs }) {
      const inBulk = toBlock - fromBlock + 1 >= BULK;
      const first = Math.max(1, fromBlock);
      const blocks = mapInOrder(numbers(first, toBlock), concurrency, signal, (seqno, limited) =>
        open(seqno, { signal: limited, bulk: inBulk, patienceMs }),
      );
      const following = createFollowing({ pool, forget });
      let from = fromBlock;
      let before = kept.get(first - 1) ?? null;
      for await (const block of blocks) {
        const parentHash = await following.parentOf(block, before, signal);
        yield { fromBlock: from, toBlock: block.seqno, block, parentHash, source: block.source };
        from = block.seqno + 1;
        before = block;
      }
    },
    recent: () => {
      newestFirst ??= [...kept.values()].sort((a, b) => b.seqno - a.seqno);
      return newestFirst;
    },
    recentAt: (seqno) => kept.get(seqno) ?? null,
  };
}

/** The endpoint whose transaction cannot be read is at fault. */
function readBy(endpoint: string, raw: RawTransaction): RawTransaction {
  return {
    ...raw,
    read: (place) => {
      try {
        return raw.read(place);
      } catch (cause) {
        throw badResponse(endpoint, `transaction ${raw.hash} cannot be read: ${messageOf(cause)}`, cause);
      }
    },
  };
}

function listingOf({ rootHash, transactions }: ShownBlock): Listing {
  return { hash: rootHash, names: inOrder(transactions).map(({ hash }) => hash) };
}

function forgetHeavy(kept: Map<number, OpenBlock>): void {
  let weight = [...kept.values()].reduce((sum, block) => sum + block.weight, 0);
  for (const [seqno, block] of kept) {
    if (kept.size <= FEWEST_BLOCKS || (kept.size <= MOST_BLOCKS && weight <= MOST_WEIGHT)) return;
    kept.delete(seqno);
    weight -= block.weight;
  }
}
