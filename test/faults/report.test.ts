/** What is kept of a run that went wrong: a finding is never lost because its report cannot be made. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Fleet } from './fleet.js';
import { reportOf } from './report.js';

const MINT = '9Nep7hHGXGKpkFdqZ7y6KioW2bpY3w5CRuXKhTPvS4pJ';
const asked: unknown[][] = [];
let devnet: Server;
let url: string;

beforeAll(async () => {
  const entries = [
    { signature: 'of the mint', slot: 7, events: [{ asset: MINT }] },
    { signature: 'other', slot: 8 },
  ];
  devnet = createServer((_, response) => void response.end(JSON.stringify(entries)));
  await new Promise<void>((done) => devnet.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(devnet.address() as AddressInfo).port}`;
});
afterAll(() => devnet.close());

const fleet = (rows: readonly unknown[]) =>
  ({
    devnet: url,
    tonDevnet: url,
    log: () => 'worker1 fell',
    pool: {
      query: async (_: string, values: unknown[] = []) => {
        asked.push(values);
        return { rows };
      },
    },
  }) as unknown as Fleet;

test('a difference of any table is reported with what is known of its key', async () => {
  const finding = `balance ${MINT} of somebody: table 1, oracle 2`;
  const text = await reportOf(fleet([{ state: null, event: { asset: MINT } }]), [finding]);
  expect(text.split('\n')[0]).toBe(finding);
  expect(text).toContain('worker1 fell');
  expect(text).toContain('"of the mint"');
  expect(text).not.toContain('"other"');
  expect(asked).toContainEqual([[7], [MINT]]);
});

test('a difference that names nothing, as a count, is reported too', async () => {
  const text = await reportOf(fleet([]), ['NFTs: table 3, oracle 4']);
  expect(text).toContain('NFTs: table 3, oracle 4');
  expect(text).not.toContain('this part of the report failed');
});

test('a report that cannot ask the database keeps the finding and says what failed', async () => {
  const broken = { ...fleet([]), pool: { query: () => Promise.reject(new Error('no database')) } };
  const text = await reportOf(broken as unknown as Fleet, ['NFTs: table 3, oracle 4']);
  expect(text).toContain('NFTs: table 3, oracle 4');
  expect(text).toContain('this part of the report failed: Error: no database');
});
