/** Cursors of lists: opaque to clients, base64url of JSON, checked like any other input. */
import { z } from 'zod';
import { blockNumber } from './schemas/common.js';

const time = z.object({ time: z.iso.datetime({ precision: 3 }), id: z.string().min(1).max(128) });
const place = z.object({
  block: blockNumber,
  transactionIndex: z.int32().nonnegative(),
  eventIndex: z.int32().nonnegative(),
});

/**
 * The key that each list goes on from. A cursor names its list, so that one list's cursor cannot enter
 * another.
 */
const KEYS = { transactions: time, nfts: time, staking: time, history: place } as const;

type List = keyof typeof KEYS;
type KeyOf<L extends List> = z.output<(typeof KEYS)[L]>;

export function encodeCursor<L extends List>(list: L, key: KeyOf<L> | null): string | null {
  return key === null ? null : Buffer.from(JSON.stringify({ list, ...key })).toString('base64url');
}

/** Query parameter: the cursor as text in, the key out. */
export function cursor<L extends List>(list: L) {
  const schema = KEYS[list].extend({ list: z.literal(list) });
  return z
    .string()
    .max(512)
    .transform((text, context): KeyOf<L> => {
      const parsed = schema.safeParse(readJson(text));
      if (parsed.success) return parsed.data as KeyOf<L>;
      context.addIssue({
        code: 'custom',
        message: 'is not a cursor of this list; take `nextCursor` of the page before, unchanged',
      });
      return z.NEVER;
    })
    .optional()
    .describe('`nextCursor` of the page before');
}

function readJson(text: string): unknown {
  if (!/^[\w-]+$/.test(text)) return undefined;
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    // Not JSON: the caller says that it is no cursor.
    return undefined;
  }
}
