/**
 * Captured Solana transactions of a folder (`solana/expected.json`, `solana/transactions/*.json`), decoded.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { createKeyFinder } from '../../src/chains/solana/rpc/keys.js';
import type { SolanaFollow } from '../../src/decoders/solana/follow.js';
import { createSolanaDecoder } from '../../src/decoders/solana/registry.js';
import { KINDS } from '../../src/events/event.js';
import { readSolanaDocument } from '../../src/readers/solana/recorded/document.js';
import { messageOf, NdxError } from '../../src/runtime/errors.js';
import type { Capture, ExpectedFact } from './score.js';

const EVERYTHING: SolanaFollow = {
  programs: [],
  tokens: [],
  nfts: { mints: [], collections: [], creators: [], all: true },
};

const FACT = z.object({
  kind: z.enum(KINDS).nullable(),
  mint: z.string().optional(),
  price_lamports: z.union([z.number().int(), z.string().regex(/^\d+$/)]).optional(),
  buyer: z.string().optional(),
  seller: z.string().optional(),
  marketplace: z.string().optional(),
});
const EXPECTED = z.record(z.string(), z.union([FACT, z.array(FACT)]));

/** `null` as kind: nothing of ours happened. A list where a transaction holds several facts. */
export function readSolanaCaptures(folder: string): Capture[] {
  const file = join(folder, 'expected.json');
  if (!existsSync(file)) return [];
  const parsed = EXPECTED.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new NdxError('INPUT_INVALID', `${file}: ${z.prettifyError(parsed.error)}`);
  const files = new Map(
    readdirSync(join(folder, 'transactions')).map((name) => [
      basename(name).replace(/\.json(\.gz)?$/, ''),
      name,
    ]),
  );
  return Object.entries(parsed.data).map(([name, facts]) => {
    const found = files.get(name);
    const expected = [facts].flat().flatMap(factOf);
    if (found === undefined)
      return {
        name,
        chain: 'solana',
        partial: false,
        expected,
        decoded: [],
        notes: ['there is no capture of this name'],
      };
    return {
      name,
      chain: 'solana',
      partial: false,
      expected,
      ...decode(join(folder, 'transactions', found)),
    };
  });
}

function factOf({
  kind,
  mint,
  price_lamports: price,
  buyer,
  seller,
  marketplace,
}: z.infer<typeof FACT>): ExpectedFact[] {
  if (kind === null) return [];
  const amount = price === undefined ? undefined : BigInt(price);
  const parties = kind === 'sale' ? { from: seller, to: buyer } : { from: seller ?? buyer };
  return [{ kinds: [kind], outcome: 'ok', marketplace, asset: mint, price: amount, ...parties }];
}

function decode(file: string): Pick<Capture, 'decoded' | 'notes'> {
  const decoder = createSolanaDecoder(EVERYTHING);
  const bytes = readFileSync(file);
  try {
    const document: unknown = JSON.parse((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString());
    const { transactions } = readSolanaDocument(document, undefined, createKeyFinder(decoder.keys()));
    return {
      decoded: transactions
        .map((transaction) => decoder.decode(transaction))
        .filter((decoded) => decoded !== null),
      notes: [],
    };
  } catch (error) {
    return { decoded: [], notes: [messageOf(error)] };
  }
}
