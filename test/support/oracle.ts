/** Compares every table with what the traffic generators say truly happened. */
import type { Pool } from 'pg';
import type { OracleSummary } from '../../devnet/solana/traffic/summary.js';
import type { OracleSummary as TonOracleSummary } from '../../devnet/ton/traffic/summary.js';
import { wholeUnits } from '../../src/events/units.js';

/** Of NDT on either chain, and of TON, in which items are sold there. */
const NDT_DECIMALS = 9;

interface OracleEntryJson {
  readonly signature: string;
  readonly outcome: string;
  readonly slot?: number;
  readonly action: { readonly steps: readonly { readonly do: string }[] };
  readonly events: readonly {
    readonly kind: string;
    readonly asset: { readonly kind: string; readonly address: string };
  }[];
}

const same = (a: string | null, b: string | null) =>
  a === null || b === null ? a === b : Number(a) === Number(b) && trim(a) === trim(b);
const trim = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);

/** A transaction that stands on the chain and holds events of ours. */
interface Standing {
  readonly hash: string;
  readonly outcome: string;
}

/** Every difference of Solana's rows in words; empty when the tables equal the oracle. */
export async function differences(pool: Pool, devnet: string, ndtMint: string): Promise<string[]> {
  const entries = await get<OracleEntryJson[]>(devnet, '/admin/oracle/entries');
  const unborn = unbornNfts(entries);
  const standing = entries.filter(
    ({ events, outcome, slot = 0 }) =>
      events.length > 0 &&
      (outcome === 'ok' ||
        (outcome === 'failed' && !events.every(({ asset }) => unborn(asset.address, slot)))),
  );
  return compare(
    pool,
    { chain: 'solana', platformToken: ndtMint },
    await get<OracleSummary>(devnet, '/admin/oracle'),
    standing.map(({ signature, outcome }) => ({ hash: signature, outcome })),
  );
}

/**
 * A fork may take back an SPL NFT's mint and leave an attempt to move it: nothing on the chain tells then
 * that it would have been ours.
 * @returns whether the address is such an NFT, before its mint or without one
 */
function unbornNfts(entries: readonly OracleEntryJson[]): (address: string, slot: number) => boolean {
  const minted = new Map<string, number>();
  for (const { action, events, outcome, slot } of entries) {
    const names = action.steps.map((step) => step.do);
    // A track is a program's own: whoever tries to move one tells the program so.
    if (!names.includes('nftMint') || names.includes('trackCreate')) continue;
    const since = outcome === 'ok' && slot !== undefined ? slot : Number.POSITIVE_INFINITY;
    for (const { kind, asset } of events)
      if (kind === 'mint' && asset.kind === 'nft')
        minted.set(asset.address, Math.min(since, minted.get(asset.address) ?? since));
  }
  return (address, slot) => slot < (minted.get(address) ?? 0);
}

/** The same of TON's rows. */
export async function tonDifferences(pool: Pool, devnet: string, ndtMaster: string): Promise<string[]> {
  const entries = await get<TonEntryJson[]>(devnet, '/admin/oracle/entries');
  const landed = entries.flatMap((entry) => entry.events).filter(({ outcome }) => outcome !== 'missing');
  // Several events of one transaction: it failed when all of them did.
  const standing = new Map<string, Standing>();
  for (const { transactionHash: hash, outcome } of landed)
    if (hash !== null && standing.get(hash)?.outcome !== 'ok') standing.set(hash, { hash, outcome });
  const oracle = await get<TonOracleSummary>(devnet, '/admin/oracle');
  const found = await compare(pool, { chain: 'ton', platformToken: ndtMaster }, oracle, [
    ...standing.values(),
  ]);
  return [...found, ...oracle.unplanned.map((hash) => `trace ${hash} went otherwise than planned`)];
}

interface TonEntryJson {
  readonly events: readonly { readonly transactionHash: string | null; readonly outcome: string }[];
}

async function get<T>(devnet: string, path: string): Promise<T> {
  return (await (await fetch(`${devnet}${path}`)).json()) as T;
}

interface Compared {
  readonly chain: 'solana' | 'ton';
  readonly platformToken: string;
}

/** What both oracles say in the same form. */
type Truth = Pick<OracleSummary, 'nfts' | 'balances' | 'stakes'> & {
  readonly counts: Pick<OracleSummary['counts'], 'events'>;
};

async function compare(
  pool: Pool,
  what: Compared,
  oracle: Truth,
  standing: readonly Standing[],
): Promise<string[]> {
  const found: string[] = [];
  const expect = (subject: string, actual: unknown, wanted: unknown) => {
    if (actual !== wanted) found.push(`${subject}: table ${String(actual)}, oracle ${String(wanted)}`);
  };
  await compareNfts(pool, what, oracle, expect);
  await compareBalances(pool, what, oracle, expect);
  await compareStakes(pool, what, oracle, expect);
  await compareTransactions(pool, what, oracle, standing, expect);
  return found;
}

type Expect = (what: string, actual: unknown, wanted: unknown) => void;

async function compareNfts(pool: Pool, { chain }: Compared, oracle: Truth, expect: Expect): Promise<void> {
  const { rows } = await pool.query(
    `SELECT n.*, price::text AS price_text, w.address AS user_wallet FROM "NFT" n JOIN "Wallet" w ON w."userId" = n.owner WHERE n.chain = $1`,
    [chain],
  );
  const byToken = new Map(rows.map((row) => [row.tokenId as string, row]));
  expect('NFTs', rows.length, Object.keys(oracle.nfts).length);
  for (const [tokenId, truth] of Object.entries(oracle.nfts)) {
    const row = byToken.get(tokenId);
    if (!row) {
      expect(`NFT ${tokenId}`, 'missing', 'there');
      continue;
    }
    expect(`NFT ${tokenId} owner`, row.ownerAddress, truth.owner);
    expect(`NFT ${tokenId} owner's user`, row.user_wallet, truth.owner);
    expect(`NFT ${tokenId} creator`, row.creatorAddress, truth.creator);
    expect(`NFT ${tokenId} burned`, row.isBurned, truth.burned);
    expect(`NFT ${tokenId} listed`, row.isListed, truth.listed);
    if (truth.name !== null) expect(`NFT ${tokenId} name`, row.name, truth.name);
    const price = truth.price === null ? null : wholeUnits(BigInt(truth.price), NDT_DECIMALS);
    if (!same(row.price_text, price)) expect(`NFT ${tokenId} price`, row.price_text, price);
  }
}

async function compareBalances(
  pool: Pool,
  { chain, platformToken }: Compared,
  oracle: Truth,
  expect: Expect,
): Promise<void> {
  const { rows } = await pool.query<{ token: string; address: string; amount: string }>(
    'SELECT token, address, amount::text FROM wallet_balance WHERE chain = $1',
    [chain],
  );
  const table = new Map(rows.map((row) => [`${row.token} ${row.address}`, row.amount]));
  const truth = new Map(
    Object.entries(oracle.balances).flatMap(([mint, holders]) =>
      Object.entries(holders).map(([wallet, amount]) => [`${mint} ${wallet}`, amount]),
    ),
  );
  for (const key of new Set([...table.keys(), ...truth.keys()]))
    expect(`balance ${key}`, table.get(key) ?? '0', truth.get(key) ?? '0');

  const music = await pool.query<{ address: string; balance: string }>(
    `SELECT w.address, m.balance::text FROM "MusicToken" m JOIN "Wallet" w ON w."userId" = m."userId" WHERE m.chain = $1`,
    [chain],
  );
  for (const { address, balance } of music.rows) {
    const wanted = wholeUnits(BigInt(oracle.balances[platformToken]?.[address] ?? '0'), NDT_DECIMALS);
    if (!same(balance, wanted)) expect(`MusicToken of ${address}`, balance, wanted);
  }
}

async function compareStakes(pool: Pool, { chain }: Compared, oracle: Truth, expect: Expect): Promise<void> {
  const { rows } = await pool.query(
    `SELECT "walletAddress" AS wallet, pool, "transactionHash" AS hash, amount::text, "isActive" AS active, "claimedRewards"::text AS claimed, metadata->>'staked' AS staked, apy::text
       FROM "Staking" WHERE chain = $1`,
    [chain],
  );
  const table = new Map(rows.map((row) => [`${row.wallet} ${row.pool} ${row.hash}`, row]));
  let count = 0;
  for (const [wallet, pools] of Object.entries(oracle.stakes)) {
    for (const [name, { stakes, claimed }] of Object.entries(pools)) {
      let sum = 0n;
      for (const stake of stakes) {
        count += 1;
        const what = `stake ${wallet} ${name} ${stake.signature}`;
        const row = table.get(`${wallet} ${name} ${stake.signature}`);
        if (!row) {
          expect(what, 'missing', 'there');
          continue;
        }
        sum += BigInt(Math.round(Number(row.claimed) * 1e9));
        if (!same(row.amount, wholeUnits(BigInt(stake.remaining), NDT_DECIMALS)))
          expect(`${what} amount`, row.amount, stake.remaining);
        if (!same(row.staked, wholeUnits(BigInt(stake.original), NDT_DECIMALS)))
          expect(`${what} staked`, row.staked, stake.original);
        expect(`${what} active`, row.active, stake.active);
        if (stake.apy !== null && !same(row.apy, String(stake.apy)))
          expect(`${what} apy`, row.apy, stake.apy);
      }
      if (stakes.length > 0 && sum !== BigInt(claimed))
        expect(`claims of ${wallet} in ${name}`, sum, claimed);
    }
  }
  expect('stakes', rows.length, count);
}

async function compareTransactions(
  pool: Pool,
  { chain }: Compared,
  oracle: Truth,
  standing: readonly Standing[],
  expect: Expect,
): Promise<void> {
  const { rows: kinds } = await pool.query<{ kind: string; outcome: 'ok' | 'failed'; n: number }>(
    `SELECT kind, outcome, count(*)::int AS n FROM ledger_event WHERE chain = $1 GROUP BY kind, outcome`,
    [chain],
  );
  for (const [kind, { ok }] of Object.entries(oracle.counts.events)) {
    expect(`${kind} events`, kinds.find((row) => row.kind === kind && row.outcome === 'ok')?.n ?? 0, ok);
  }
  const { rows } = await pool.query<{ hash: string; status: string }>(
    `SELECT "transactionHash" AS hash, status FROM "Transaction" WHERE chain = $1`,
    [chain],
  );
  const table = new Map(rows.map((row) => [row.hash, row.status]));
  for (const { hash, outcome } of standing)
    expect(`transaction ${hash}`, table.get(hash), outcome === 'ok' ? 'completed' : 'failed');
  const known = new Set(standing.map(({ hash }) => hash));
  for (const { hash } of rows)
    if (!known.has(hash)) expect(`transaction ${hash}`, 'there', 'unknown or without events of ours');
}
