/** Compares every table with what the traffic generator says truly happened. */
import type { Pool } from 'pg';
import type { OracleSummary } from '../../devnet/solana/traffic/summary.js';
import { wholeUnits } from '../../src/events/units.js';

const NDT_DECIMALS = 9;

interface OracleEntryJson {
  readonly signature: string;
  readonly outcome: string;
  readonly events: readonly { readonly kind: string }[];
}

const same = (a: string | null, b: string | null) => (a === null || b === null ? a === b : Number(a) === Number(b) && trim(a) === trim(b));
const trim = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);

/** Every difference in words; empty when the tables equal the oracle. */
export async function differences(pool: Pool, devnet: string, ndtMint: string): Promise<string[]> {
  const get = async <T>(path: string) => (await (await fetch(`${devnet}${path}`)).json()) as T;
  const oracle = await get<OracleSummary>('/admin/oracle');
  const entries = await get<OracleEntryJson[]>('/admin/oracle/entries');
  const found: string[] = [];
  const expect = (what: string, actual: unknown, wanted: unknown) => {
    if (actual !== wanted) found.push(`${what}: table ${String(actual)}, oracle ${String(wanted)}`);
  };
  await compareNfts(pool, oracle, expect);
  await compareBalances(pool, oracle, ndtMint, expect);
  await compareStakes(pool, oracle, expect);
  await compareTransactions(pool, oracle, entries, expect);
  return found;
}

type Expect = (what: string, actual: unknown, wanted: unknown) => void;

async function compareNfts(pool: Pool, oracle: OracleSummary, expect: Expect): Promise<void> {
  const { rows } = await pool.query(
    `SELECT n.*, price::text AS price_text, w.address AS user_wallet FROM "NFT" n JOIN "Wallet" w ON w."userId" = n.owner`,
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

async function compareBalances(pool: Pool, oracle: OracleSummary, ndtMint: string, expect: Expect): Promise<void> {
  const { rows } = await pool.query<{ token: string; address: string; amount: string }>(
    'SELECT token, address, amount::text FROM wallet_balance',
  );
  const table = new Map(rows.map((row) => [`${row.token} ${row.address}`, row.amount]));
  const truth = new Map(
    Object.entries(oracle.balances).flatMap(([mint, holders]) =>
      Object.entries(holders).map(([wallet, amount]) => [`${mint} ${wallet}`, amount]),
    ),
  );
  for (const key of new Set([...table.keys(), ...truth.keys()])) expect(`balance ${key}`, table.get(key) ?? '0', truth.get(key) ?? '0');

  const music = await pool.query<{ address: string; balance: string }>(
    `SELECT w.address, m.balance::text FROM "MusicToken" m JOIN "Wallet" w ON w."userId" = m."userId" WHERE m.chain = 'solana'`,
  );
  for (const { address, balance } of music.rows) {
    const wanted = wholeUnits(BigInt(oracle.balances[ndtMint]?.[address] ?? '0'), NDT_DECIMALS);
    if (!same(balance, wanted)) expect(`MusicToken of ${address}`, balance, wanted);
  }
}

async function compareStakes(pool: Pool, oracle: OracleSummary, expect: Expect): Promise<void> {
  const { rows } = await pool.query(
    `SELECT "walletAddress" AS wallet, pool, "transactionHash" AS hash, amount::text, "isActive" AS active, "claimedRewards"::text AS claimed, metadata->>'staked' AS staked, apy::text
       FROM "Staking"`,
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
        if (!same(row.amount, wholeUnits(BigInt(stake.remaining), NDT_DECIMALS))) expect(`${what} amount`, row.amount, stake.remaining);
        if (!same(row.staked, wholeUnits(BigInt(stake.original), NDT_DECIMALS))) expect(`${what} staked`, row.staked, stake.original);
        expect(`${what} active`, row.active, stake.active);
        if (stake.apy !== null && !same(row.apy, String(stake.apy))) expect(`${what} apy`, row.apy, stake.apy);
      }
      if (stakes.length > 0 && sum !== BigInt(claimed)) expect(`claims of ${wallet} in ${name}`, sum, claimed);
    }
  }
  expect('stakes', rows.length, count);
}

async function compareTransactions(pool: Pool, oracle: OracleSummary, entries: readonly OracleEntryJson[], expect: Expect): Promise<void> {
  const { rows: kinds } = await pool.query<{ kind: string; outcome: 'ok' | 'failed'; n: number }>(
    `SELECT kind, outcome, count(*)::int AS n FROM ledger_event GROUP BY kind, outcome`,
  );
  for (const [kind, { ok }] of Object.entries(oracle.counts.events)) {
    expect(`${kind} events`, kinds.find((row) => row.kind === kind && row.outcome === 'ok')?.n ?? 0, ok);
  }
  const { rows } = await pool.query<{ hash: string; status: string }>(`SELECT "transactionHash" AS hash, status FROM "Transaction"`);
  const table = new Map(rows.map((row) => [row.hash, row.status]));
  const standing = entries.filter((entry) => entry.events.length > 0 && (entry.outcome === 'ok' || entry.outcome === 'failed'));
  for (const { signature, outcome } of standing)
    expect(`transaction ${signature}`, table.get(signature), outcome === 'ok' ? 'completed' : 'failed');
  const known = new Set(standing.map((entry) => entry.signature));
  for (const { hash } of rows) if (!known.has(hash)) expect(`transaction ${hash}`, 'there', 'unknown or without events of ours');
}
