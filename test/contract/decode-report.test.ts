/** `npm run decode:report`: its figures are right, and it reads the layout of the captures. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { printReport } from '../../src/cli/report/print.js';
import { type Capture, scoreCaptures } from '../../src/cli/report/score.js';
import { readSolanaCaptures } from '../../src/cli/report/solana-captures.js';
import type { ChainEvent, DecodedTransaction } from '../../src/events/event.js';

const event = (fields: Partial<ChainEvent>): ChainEvent => ({
  ...{ eventIndex: 0, kind: 'sale', outcome: 'ok', decoder: 'd', decoderVersion: 1, asset: { kind: 'nft', address: 'N' } },
  ...fields,
});
const decoded = (...events: ChainEvent[]): DecodedTransaction[] => [
  { chain: 'solana', block: 1, blockTime: null, transactionIndex: 0, transactionHash: 'h', outcome: 'ok', events },
];
const capture = (fields: Partial<Capture>): Capture => ({
  ...{ name: 'c', chain: 'solana', partial: false, expected: [], decoded: [], notes: [] },
  ...fields,
});
const price = (amount: bigint) => ({ price: { amount, currency: 'SOL', decimals: 9 } });

test('a right event, a wrong price, a miss and a false event are each counted where they belong', () => {
  const sale = { kinds: ['sale'] as const, marketplace: 'm', price: 10n };
  const { scores, faults } = scoreCaptures([
    capture({ name: 'right', expected: [sale], decoded: decoded(event({ marketplace: 'm', ...price(10n) })) }),
    capture({ name: 'wrong', expected: [sale], decoded: decoded(event({ marketplace: 'm', ...price(11n) })) }),
    capture({ name: 'missed', expected: [sale] }),
    capture({ name: 'false', decoded: decoded(event({ kind: 'list', marketplace: 'm' })) }),
    capture({ name: 'partial', partial: true, decoded: decoded(event({ kind: 'list', marketplace: 'm' })) }),
  ]);
  expect(scores).toEqual([
    { chain: 'solana', marketplace: 'm', kind: 'list', expected: 0, found: 1, right: 0 },
    { chain: 'solana', marketplace: 'm', kind: 'sale', expected: 3, found: 2, right: 1 },
  ]);
  expect(faults.map(({ capture: name, type }) => [name, type])).toEqual([
    ['wrong', 'miss'],
    ['wrong', 'false event'],
    ['missed', 'miss'],
    ['false', 'false event'],
  ]);
  expect(faults[0]?.text).toContain('nearest: price is 11');
  const lines: string[] = [];
  printReport(
    { scores, faults, captures: 5 },
    { print: (text) => void lines.push(text), table: (_, rows) => void lines.push(...rows.map(String)) },
  );
  expect(lines).toContain('solana,m,sale,3,2,1,50.0 %,33.3 %');
  expect(lines).toContain('all,,,3,3,1,33.3 %,33.3 %');
});

test('a folder of captures: what has no file, or a file that cannot be read, is a miss and not silence', () => {
  const folder = mkdtempSync(join(tmpdir(), 'captures-'));
  mkdirSync(join(folder, 'transactions'));
  writeFileSync(join(folder, 'expected.json'), JSON.stringify({ gone: { kind: 'sale' }, broken: { kind: null } }));
  writeFileSync(join(folder, 'transactions/broken.json'), '{');
  const captures = readSolanaCaptures(folder);
  expect(captures.map(({ name, expected, notes }) => [name, expected.length, notes.length])).toEqual([
    ['gone', 1, 1],
    ['broken', 0, 1],
  ]);
  writeFileSync(join(folder, 'expected.json'), JSON.stringify({ odd: { kind: 'sold' } }));
  expect(() => readSolanaCaptures(folder)).toThrow(/expected\.json/);
});
