/**
 * A normalised transaction as JSON, and back: the same whichever API gave it. Cells are bags of cells in
 * base64, integers decimal text.
 */
import { z } from 'zod';
import { readCellText } from '../cells/boc.js';
import type { Cell } from '../cells/cell.js';
import { writeCells } from '../cells/write.js';
import type { TonMessage, TonTransaction } from '../transaction.js';
import { createMessage } from './message.js';

const integer = z
  .string()
  .regex(/^-?\d+$/)
  .transform(BigInt);
const cell = z.string();
const status = z.enum(['uninit', 'active', 'frozen', 'nonexist']);

const message = z
  .object({
    hash: z.string(),
    kind: z.enum(['internal', 'external-in', 'external-out']),
    source: z.string().nullable(),
    destination: z.string().nullable(),
    value: integer,
    createdLt: integer.nullable(),
    bounce: z.boolean(),
    bounced: z.boolean(),
    opcode: z.int().nullable(),
    body: cell.nullable(),
    init: z.object({ code: cell.nullable(), data: cell.nullable() }).nullable(),
  })
  .transform(({ body, init, ...facts }) =>
    createMessage({
      ...facts,
      readBody: () => read(body),
      readInit: () => init && { code: read(init.code), data: read(init.data) },
    }),
  );

const transaction = z.object({
  block: z.int(),
  transactionIndex: z.int(),
  account: z.string(),
  hash: z.string(),
  lt: integer,
  previousHash: z.string(),
  previousLt: integer,
  now: z.int(),
  statusBefore: status,
  statusAfter: status,
  totalFees: integer,
  type: z.enum(['ordinary', 'tick-tock', 'other']),
  aborted: z.boolean(),
  destroyed: z.boolean(),
  compute: z
    .object({ skipped: z.boolean(), success: z.boolean(), exitCode: z.int(), gasUsed: integer })
    .nullable(),
  action: z.object({ success: z.boolean(), resultCode: z.int() }).nullable(),
  inMessage: message.nullable(),
  outMessages: z.array(message),
});

/** Reads what {@link storeTransaction} wrote. */
export const storedTransactionSchema: z.ZodType<TonTransaction, unknown> = transaction;

/** The object that is written as JSON; its integers are still `bigint`. */
export function storeTransaction({ inMessage, outMessages, ...facts }: TonTransaction): object {
  return {
    ...facts,
    inMessage: inMessage && storeMessage(inMessage),
    outMessages: outMessages.map(storeMessage),
  };
}

function storeMessage({ body, init, normalisedHash: _, ...facts }: TonMessage): object {
  const state = init();
  return {
    ...facts,
    body: write(body()),
    init: state && { code: write(state.code), data: write(state.data) },
  };
}

function write(root: Cell | null): string | null {
  return root && writeCells(root, { checked: true }).toString('base64');
}

function read(boc: string | null): Cell | null {
  return boc === null ? null : readCellText(boc);
}
