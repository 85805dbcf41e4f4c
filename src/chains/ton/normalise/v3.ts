/** Transactions as toncenter v3 gives them (`/transactions`, `/transactionsByMasterchainBlock`, `/traces`), and as its indexer stores them. */
import { loadStateInit } from '@ton/core';
import { z } from 'zod';
import type { TonMessage, TonTransaction } from '../transaction.js';
import type { TransactionPlace } from './cell.js';
import { createMessage, opcodeOf, readBoc } from './message.js';

const address = z
  .string()
  .regex(/^-?\d+:[0-9a-f]{64}$/i, 'must be a raw address')
  .transform((text) => text.toLowerCase());
/** Base64, base64url or hex of 32 bytes. */
const hash = z.string().transform((text, context) => {
  const bytes = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  if (bytes.length !== 32) context.issues.push({ code: 'custom', message: 'must be a hash of 32 bytes', input: text });
  return bytes.toString('hex');
});
const integer = z.union([z.string().regex(/^-?\d+$/), z.int()]).transform(BigInt);
const opcode = z
  .union([z.int(), z.string().regex(/^(0x)?[0-9a-f]+$/i)])
  .transform((value) => Number(typeof value === 'number' ? value : BigInt(value.startsWith('0x') ? value : `0x${value}`)) >>> 0);
const cells = z.object({ body: z.string() });
const status = z.enum(['uninit', 'active', 'frozen', 'nonexist']);

const messageSchema = z.object({
  hash: hash.optional(),
  msg_hash: hash.optional(),
  hash_norm: hash.nullish(),
  source: address.nullish(),
  destination: address.nullish(),
  value: integer.nullish(),
  created_lt: integer.nullish(),
  opcode: opcode.nullish(),
  bounce: z.boolean().nullish(),
  bounced: z.boolean().nullish(),
  message_content: cells.nullish(),
  init_state: cells.nullish(),
});
const storedMessageSchema = messageSchema.extend({ direction: z.enum(['in', 'out']) });

const descriptionSchema = z.object({
  type: z.string(),
  aborted: z.boolean().nullish(),
  destroyed: z.boolean().nullish(),
  compute_ph: z
    .object({ skipped: z.boolean().nullish(), success: z.boolean().nullish(), exit_code: z.int().nullish(), gas_used: integer.nullish() })
    .nullish(),
  action: z.object({ success: z.boolean().nullish(), result_code: z.int().nullish() }).nullish(),
});

const transactionSchema = z.object({
  account: address,
  hash,
  lt: integer,
  now: z.int(),
  mc_block_seqno: z.int().nullish(),
  orig_status: status.nullish(),
  end_status: status.nullish(),
  total_fees: integer.nullish(),
  prev_trans_hash: hash.nullish(),
  prev_trans_lt: integer.nullish(),
  description: descriptionSchema.nullish(),
  in_msg: messageSchema.nullish(),
  out_msgs: z.array(messageSchema).nullish(),
  // As the indexer stores them.
  descr: z.string().nullish(),
  aborted: z.boolean().nullish(),
  destroyed: z.boolean().nullish(),
  compute_exit_code: z.int().nullish(),
  compute_success: z.boolean().nullish(),
  compute_gas_used: integer.nullish(),
  action_success: z.boolean().nullish(),
  action_result_code: z.int().nullish(),
  messages: z.array(storedMessageSchema).nullish(),
});
type Raw = z.output<typeof transactionSchema>;

/** @throws Error naming the field that is not as expected */
export function normaliseV3(value: unknown, place: Partial<TransactionPlace> = {}): TonTransaction {
  const parsed = transactionSchema.safeParse(value);
  if (!parsed.success) throw new Error(fieldsOf(parsed.error));
  const raw = parsed.data;
  const stored = raw.messages ?? [];
  const input = raw.in_msg ?? stored.find(({ direction }) => direction === 'in');
  const output = raw.out_msgs ?? stored.filter(({ direction }) => direction === 'out');
  return {
    block: place.block ?? raw.mc_block_seqno ?? 0,
    transactionIndex: place.transactionIndex ?? 0,
    account: raw.account,
    hash: raw.hash,
    lt: raw.lt,
    previousHash: raw.prev_trans_hash ?? '0'.repeat(64),
    previousLt: raw.prev_trans_lt ?? 0n,
    now: raw.now,
    statusBefore: raw.orig_status ?? 'active',
    statusAfter: raw.end_status ?? 'active',
    totalFees: raw.total_fees ?? 0n,
    ...phases(raw),
    inMessage: input ? normaliseMessage(input) : null,
    outMessages: output.map(normaliseMessage).sort((a, b) => compare(a.createdLt ?? 0n, b.createdLt ?? 0n)),
  };
}

function phases(raw: Raw): Pick<TonTransaction, 'type' | 'aborted' | 'destroyed' | 'compute' | 'action'> {
  const { description } = raw;
  const type = description?.type ?? raw.descr ?? 'ord';
  const compute = description?.compute_ph;
  const action = description?.action;
  const exitCode = compute?.exit_code ?? raw.compute_exit_code ?? null;
  const success = compute?.success ?? raw.compute_success ?? null;
  const aborted = description?.aborted ?? raw.aborted ?? false;
  const actionCode = action?.result_code ?? raw.action_result_code ?? null;
  return {
    type: type.startsWith('ord') ? 'ordinary' : type.startsWith('tick') ? 'tick-tock' : 'other',
    aborted,
    destroyed: description?.destroyed ?? raw.destroyed ?? false,
    compute:
      exitCode === null && success === null
        ? compute?.skipped || aborted
          ? { skipped: true, success: false, exitCode: 0, gasUsed: 0n }
          : null
        : {
            skipped: false,
            // Exit codes 0 and 1 are the successes of the TVM.
            success: success ?? (exitCode === 0 || exitCode === 1),
            exitCode: exitCode ?? 0,
            gasUsed: compute?.gas_used ?? raw.compute_gas_used ?? 0n,
          },
    action: actionCode === null ? null : { success: action?.success ?? raw.action_success ?? actionCode === 0, resultCode: actionCode },
  };
}

function normaliseMessage(raw: z.output<typeof messageSchema>): TonMessage {
  const source = raw.source ?? null;
  const destination = raw.destination ?? null;
  const content = raw.message_content?.body;
  const state = raw.init_state?.body;
  const readBody = () => (content === undefined ? null : readBoc(Buffer.from(content, 'base64')));
  const message = createMessage({
    hash: raw.hash ?? raw.msg_hash ?? raw.hash_norm ?? '',
    kind: source === null ? 'external-in' : destination === null ? 'external-out' : 'internal',
    source,
    destination,
    value: raw.value ?? 0n,
    createdLt: raw.created_lt ?? null,
    bounce: raw.bounce ?? false,
    bounced: raw.bounced ?? false,
    opcode: raw.opcode ?? null,
    readBody,
    givenNormalisedHash: raw.hash_norm,
    readInit: () => (state === undefined ? null : loadStateInit(readBoc(Buffer.from(state, 'base64')).beginParse())),
  });
  if (message.opcode !== null || content === undefined) return message;
  // Some answers leave the op out although the body has one.
  const body = message.body();
  return body === null ? message : { ...message, opcode: opcodeOf(body) };
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function fieldsOf(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.') || 'the transaction'}: ${message}`).join('; ');
}
