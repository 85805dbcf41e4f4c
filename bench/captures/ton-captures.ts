/** Captured TON traces of a folder (`ton/expected-actions.json`, `ton/traces/*.json`), decoded. */
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { DecodedTransaction } from '../../src/events/event.js';
import { decodeTon, NOTHING_OF_TON } from '../../src/readers/ton/recorded/decode.js';
import { NdxError } from '../../src/runtime/errors.js';
import type { Capture } from './score.js';
import { ACTION, factOf } from './ton-actions.js';

const EXPECTED = z.array(z.object({ file: z.string(), expectedActions: z.array(ACTION) }));

export async function readTonCaptures(folder: string): Promise<Capture[]> {
  const file = join(folder, 'expected-actions.json');
  if (!existsSync(file)) return [];
  const parsed = EXPECTED.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new NdxError('INPUT_INVALID', `${file}: ${z.prettifyError(parsed.error)}`);
  const captures: Capture[] = [];
  for (const { file: trace, expectedActions } of parsed.data) {
    const expected = expectedActions.map(factOf).filter((fact) => fact !== null);
    const read = await decode(join(folder, '..', trace));
    captures.push({ name: basename(trace), chain: 'ton', partial: true, expected, ...read });
  }
  return captures;
}

async function decode(file: string): Promise<Pick<Capture, 'decoded' | 'notes' | 'doubts'>> {
  if (!existsSync(file)) return { decoded: [], notes: ['there is no capture of this name'] };
  const decoded: DecodedTransaction[] = [];
  const notes: string[] = [];
  const unread = await decodeTon(createReadStream(file), {
    follow: { ...NOTHING_OF_TON, all: true },
    assumeVerified: false,
    event: (transaction) => void decoded.push(transaction),
    note: (text) => void notes.push(text),
  });
  return unread > 0 ? { decoded, notes } : { decoded, notes: [], doubts: notes };
}
