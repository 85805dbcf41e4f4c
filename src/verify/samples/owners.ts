/**
 * Checks who holds sampled NFTs: by the chain's state or, where the chain keeps none, by its history decoded
 * anew.
 */
import type { NftAnswer } from '../../chains/oracle.js';
import { foldNfts, type NftState } from '../../projections/nfts/fold.js';
import { chooseNfts, holdingOfRow, type SampledNft } from '../../projections/nfts/sample.js';
import { readLedger } from '../../store/ledger/ledger.js';
import type { Finding } from '../findings.js';
import { type KnownTransaction, readHistory } from './history.js';
import { inParallel, reached, type SampleDeps, type SampleResult } from './sampling.js';

/** Most transactions of an NFT, the newest in the ledger, that are read again to find its owner. */
const NEWEST = 50;

interface Holding {
  readonly owner: string;
  readonly burned: boolean;
}

interface Verdict {
  readonly finding?: Finding;
  readonly unproven?: string;
}

/**
 * @returns findings; in `unproven` NFTs of which neither the chain's state nor its history tells the owner
 */
export async function sampleOwners(deps: SampleDeps): Promise<SampleResult> {
  const { pool, view, size, seed } = deps;
  const nfts = await chooseNfts(pool, { chain: view.reader.chain, size, seed });
  const verdicts = await inParallel(nfts, (nft) => judge(deps, nft));
  const unproven = verdicts.flatMap((verdict) => verdict.unproven ?? []);
  return {
    check: 'owners',
    checked: nfts.length - unproven.length,
    unproven,
    findings: verdicts.flatMap((verdict) => verdict.finding ?? []),
  };
}

async function judge(deps: SampleDeps, nft: SampledNft): Promise<Verdict> {
  const answer: NftAnswer = (await deps.view.oracle?.nft(nft.tokenId, deps.signal)) ?? { kind: 'unknown' };
  if (answer.kind === 'unknown') return judgeByHistory(deps, nft);
  const covered = await reached(deps, answer.block);
  const ours = await holdingAt(deps, nft, answer.block);
  const theirs = {
    owner: answer.kind === 'held' ? answer.owner : ours.owner,
    burned: answer.kind === 'burned',
  };
  if (same(ours, theirs)) return {};
  if (answer.block > covered) return tooEarly(nft, answer.block, covered);
  // A marketplace may hold a listed NFT, whose owner is still the seller: its history tells.
  if (nft.isListed && answer.kind === 'held') return judgeByHistory(deps, nft);
  return differs(nft, ours, theirs, answer.block);
}

async function judgeByHistory(deps: SampleDeps, nft: SampledNft): Promise<Verdict> {
  const { chain } = deps.view.reader;
  const { rows: known } = await deps.pool.query<KnownTransaction>(
    `SELECT transaction_hash AS hash, max(block)::float8 AS block FROM ledger_event WHERE chain = $1 AND asset = $2 AND asset_kind = 'nft' AND outcome = 'ok'
      GROUP BY 1 ORDER BY 2 DESC LIMIT ${NEWEST}`,
    [chain, nft.tokenId],
  );
  const history = await readHistory(deps, nft.tokenId, known);
  const [state] = foldNfts(history.rows.filter((row) => row.event.asset.address === nft.tokenId));
  const covered = await reached(deps, history.block);
  const ours = await holdingAt(deps, nft, history.block);
  if (!state) return { unproven: `tokenId=${nft.tokenId}: the endpoints give none of its transactions` };
  const theirs = holdingOf(state);
  if (same(ours, theirs)) return {};
  if (history.block > covered) return tooEarly(nft, history.block, covered);
  if (history.unknown.length > 0)
    return {
      unproven: `tokenId=${nft.tokenId}: the endpoints do not know transaction ${history.unknown[0]} any more`,
    };
  return differs(nft, ours, theirs, history.block);
}

/**
 * The holder as of `block`: by the table or, when the NFT has later events, by a fold of the earlier ones.
 */
async function holdingAt({ pool, view }: SampleDeps, nft: SampledNft, block: number): Promise<Holding> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const row = await holdingOfRow(client, view.reader.chain, nft.tokenId, block);
    if (row && !row.later) return row;
    const [state] = foldNfts(
      await readLedger(client, `l.chain = $1 AND l.asset = $2 AND l.asset_kind = 'nft' AND l.block <= $3`, [
        view.reader.chain,
        nft.tokenId,
        block,
      ]),
    );
    return state ? holdingOf(state) : { owner: 'nobody', burned: false };
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

const holdingOf = ({ owner }: NftState): Holding => ({ owner: owner.address, burned: owner.burned });
const same = (a: Holding, b: Holding) => a.owner === b.owner && a.burned === b.burned;
const say = ({ owner, burned }: Holding) => (burned ? `burned (last held by ${owner})` : owner);

function tooEarly(nft: SampledNft, block: number, covered: number): Verdict {
  return {
    unproven: `tokenId=${nft.tokenId}: answered at block ${block}, the tables are complete to block ${covered}`,
  };
}

function differs(nft: SampledNft, ours: Holding, theirs: Holding, block: number): Verdict {
  const message = `owner is ${say(ours)}, the chain says ${say(theirs)} at block ${block}`;
  const columns = [{ column: 'ownerAddress', table: say(ours), expected: say(theirs) }];
  return {
    finding: {
      check: 'owners',
      problem: 'different',
      subject: 'NFT',
      key: `tokenId=${nft.tokenId}`,
      message,
      columns,
      block,
    },
  };
}
