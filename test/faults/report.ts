/** What is kept of a run that went wrong, for whoever looks for the reason. */
import { admin } from '../support/solana-devnet.js';
import type { Fleet } from './fleet.js';

/** Base58, hex, and TON's two spellings of an address. */
const KEY = /[1-9A-HJ-NP-Za-km-z]{32,}|(?:-1|0):[0-9a-f]{64}|[0-9a-f]{64}|[A-Za-z0-9+/_-]{43}=?/g;

/**
 * The findings, the logs of all processes, what the tables say of where the listeners are, and what oracle,
 * chain and ledger say of every address and hash that a finding names. A part that cannot be had is told as
 * such: the findings are never lost with it.
 */
export async function reportOf(fleet: Fleet, found: readonly string[]): Promise<string> {
  const parts = [() => fleet.log(), () => stateOf(fleet), () => namedIn(found, fleet)];
  const texts = await Promise.all(
    parts.map(async (part) => {
      try {
        return await part();
      } catch (error) {
        return `this part of the report failed: ${String(error)}`;
      }
    }),
  );
  return `${[found.join('\n'), ...texts].join('\n\n')}\n`;
}

async function stateOf(fleet: Fleet): Promise<string> {
  const { rows } = await fleet.pool.query<{ state: unknown }>(
    `SELECT jsonb_build_object('chain', (SELECT jsonb_agg(c) FROM chain_state c), 'coverage', (SELECT jsonb_agg(c ORDER BY from_block) FROM coverage_range c),
                               'lease', (SELECT jsonb_agg(l) FROM leader_lease l), 'pending', (SELECT jsonb_agg(p) FROM pending_block p),
                               'dead', (SELECT jsonb_agg(to_jsonb(d) - 'payload') FROM dead_letter d),
                               'problems', (SELECT jsonb_agg(p) FROM decode_problem p)) AS state`,
  );
  return JSON.stringify(rows[0]?.state, null, 1);
}

interface OracleEntry {
  readonly signature?: string;
  readonly slot?: number;
}

/** A difference may be of any table: a transaction, a balance, an NFT, a count. */
async function namedIn(found: readonly string[], fleet: Fleet): Promise<string> {
  const keys = [...new Set(found.flatMap((text) => text.match(KEY) ?? []))];
  const isNamed = (entry: unknown) => keys.some((key) => JSON.stringify(entry).includes(key));
  const entries = await admin<OracleEntry[]>(fleet.devnet, 'GET', 'oracle/entries');
  const solana = entries.filter(isNamed);
  const ton = (await admin<unknown[]>(fleet.tonDevnet, 'GET', 'oracle/entries')).filter(isNamed);
  const signatures = solana.flatMap(({ signature }) =>
    signature && keys.includes(signature) ? [signature] : [],
  );
  const chain = await Promise.all(signatures.map((signature) => transactionOf(fleet.devnet, signature)));
  const blocks = solana.flatMap(({ slot }) => (slot === undefined ? [] : [slot]));
  const { rows } = await fleet.pool.query<{ event: unknown }>(
    `SELECT to_jsonb(e) AS event FROM ledger_event e
      WHERE block = ANY($1) OR asset = ANY($2) OR sender = ANY($2) OR recipient = ANY($2)
         OR transaction_hash = ANY($2)
      ORDER BY chain, block, transaction_index, event_index`,
    [blocks, keys],
  );
  const { rows: late } = await fleet.pool.query(`SELECT * FROM late_discovery ORDER BY chain, number`);
  return JSON.stringify(
    { oracle: { solana, ton }, chain, late, ledger: rows.map(({ event }) => event) },
    null,
    1,
  );
}

async function transactionOf(url: string, signature: string): Promise<unknown> {
  const params = [signature, { maxSupportedTransactionVersion: 1, commitment: 'confirmed' }];
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'getTransaction', params });
  const reply = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return reply.json();
}
