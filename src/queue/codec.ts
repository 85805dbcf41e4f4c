/**
 * Batch ⇄ job payload. Amounts are decimal strings in JSON. The payload is JSON *text* inside the job, because BullMQ's
 * PostgreSQL backend stores jobs as jsonb, and jsonb refuses what names on a chain may hold (NUL, lone surrogates).
 */
import { z } from 'zod';
import type { Batch } from '../events/batch.js';
import { CHAINS, type JsonObject, KINDS } from '../events/event.js';
import { toJson } from '../events/json.js';
import { NdxError } from '../runtime/errors.js';

export interface Payload {
  /** JSON text of a Batch without its source: equal text, equal content. */
  readonly batch: string;
  readonly source: string;
}

const count = z.number().int().nonnegative();
const text = z.string();
const units = z
  .string()
  .regex(/^-?\d{1,78}$/, 'not a decimal integer')
  .transform((digits) => BigInt(digits));
const object = z.custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), 'not an object');
const outcome = z.enum(['ok', 'failed']);

const event = z.strictObject({
  eventIndex: count,
  kind: z.enum(KINDS),
  outcome,
  decoder: text,
  decoderVersion: count,
  asset: z.strictObject({ kind: z.enum(['nft', 'token']), address: text }),
  from: text.exactOptional(),
  to: text.exactOptional(),
  amount: units.exactOptional(),
  decimals: count.exactOptional(),
  price: z.strictObject({ amount: units, currency: text, decimals: count }).exactOptional(),
  fees: z.strictObject({ marketplace: units.exactOptional(), royalty: units.exactOptional() }).exactOptional(),
  marketplace: text.exactOptional(),
  movements: z.array(z.strictObject({ token: text, account: text, owner: text, delta: units })).exactOptional(),
  nft: z
    .strictObject({
      contract: text.exactOptional(),
      collection: text.exactOptional(),
      creator: text.exactOptional(),
      name: text.exactOptional(),
      uri: text.exactOptional(),
      royaltyBasisPoints: count.exactOptional(),
    })
    .exactOptional(),
  stake: z.strictObject({ pool: text, lockSeconds: count.exactOptional(), apy: z.number().exactOptional() }).exactOptional(),
  repriceOnly: z.literal(true).exactOptional(),
  details: object.exactOptional(),
});

const transaction = z.strictObject({
  chain: z.enum(CHAINS),
  block: count,
  blockTime: z.number().int().nullable(),
  transactionIndex: count,
  transactionHash: text.min(1),
  outcome,
  error: text.exactOptional(),
  signer: text.exactOptional(),
  networkFee: units.exactOptional(),
  gasUsed: units.exactOptional(),
  aliases: z.array(text).exactOptional(),
  events: z.array(event),
  problems: z.array(z.strictObject({ code: z.enum(['undecodable', 'logs-truncated', 'unbalanced']), message: text })).exactOptional(),
});

const batch: z.ZodType<Batch> = z
  .strictObject({
    chain: z.enum(CHAINS),
    fingerprint: text.min(1),
    finality: z.enum(['confirmed', 'finalized']),
    fromBlock: count,
    toBlock: count,
    scope: z.enum(['blocks', 'transactions', 'settle']),
    transactions: z.array(transaction),
    source: text,
    blocks: z.array(z.strictObject({ block: count, hash: text.min(1) })).exactOptional(),
    lease: count.exactOptional(),
    knowledge: count.exactOptional(),
    replay: text.min(1).exactOptional(),
  })
  .refine((value) => value.fromBlock <= value.toBlock, { path: ['toBlock'], message: 'before fromBlock' })
  // A block outside the range would be reconciled without being covered, or withdrawn by its neighbour.
  .superRefine((value, context) => {
    for (const [at, { block, chain }] of value.transactions.entries()) {
      if (block < value.fromBlock || block > value.toBlock)
        context.addIssue({ code: 'custom', path: ['transactions', at, 'block'], message: `outside ${value.fromBlock}..${value.toBlock}` });
      if (chain !== value.chain) context.addIssue({ code: 'custom', path: ['transactions', at, 'chain'], message: `not ${value.chain}` });
    }
    for (const [at, { block }] of (value.blocks ?? []).entries()) {
      const before = value.blocks?.[at - 1]?.block ?? value.fromBlock - 1;
      if (block <= before || block > value.toBlock)
        context.addIssue({ code: 'custom', path: ['blocks', at, 'block'], message: 'out of order or range' });
    }
    if (value.scope === 'settle' && (value.blocks?.at(-1)?.block !== value.toBlock || value.transactions.length > 0))
      context.addIssue({ code: 'custom', path: ['blocks'], message: 'a settle batch ends with a block and holds no transactions' });
  });

export function encodeBatch({ source, ...content }: Batch): Payload {
  return { batch: JSON.stringify(toJson(content)), source };
}

/** @throws NdxError JOB_INVALID naming the field; such a job can never succeed. */
export function decodeBatch(payload: unknown): Batch {
  if (typeof payload !== 'object' || payload === null || !('batch' in payload) || typeof payload.batch !== 'string')
    throw new NdxError('JOB_INVALID', 'the job has no `batch` text: it was not added by this program');
  let json: unknown;
  try {
    json = JSON.parse(payload.batch);
  } catch (cause) {
    throw new NdxError('JOB_INVALID', `the job's batch is not JSON: ${String(cause)}`, { cause });
  }
  const source = 'source' in payload ? payload.source : undefined;
  const parsed = batch.safeParse(typeof json === 'object' && json !== null ? { ...json, source } : json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new NdxError('JOB_INVALID', `the job's batch is wrong at ${issue?.path.join('.') || 'its root'}: ${issue?.message}`);
}
