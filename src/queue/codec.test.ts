import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Batch } from '../events/batch.js';
import type { JsonObject } from '../events/event.js';
import { toJson } from '../events/json.js';
import { decodeBatch, encodeBatch } from './codec.js';
import { jobId } from './job-id.js';

/** T with every field: one that is new in the type has to be added below to compile, and so is tested. */
type Whole<T> = T extends string | JsonObject
  ? T
  : T extends readonly (infer V)[]
    ? readonly Whole<V>[]
    : T extends object
      ? { readonly [K in keyof Required<T>]: Whole<Required<T>[K]> }
      : T;

const BATCH: Whole<Batch> = {
  chain: 'solana',
  fingerprint: 'abcdef0123456789',
  finality: 'finalized',
  fromBlock: 10,
  toBlock: 12,
  scope: 'blocks',
  source: 'https://rpc.example',
  parent: { block: 9, hash: 'w' },
  last: { block: 12, hash: 'y' },
  blocks: [
    { block: 10, hash: 'x' },
    { block: 12, hash: 'y' },
  ],
  lease: 1,
  knowledge: 2,
  replay: 'p',
  owed: [{ block: 12, digest: 'd', source: 'https://other.example' }],
  transactions: [
    {
      chain: 'solana',
      block: 11,
      blockTime: 1_700_000_000,
      transactionIndex: 4,
      transactionHash: 'hash',
      outcome: 'ok',
      error: '{}',
      signer: 'alice',
      networkFee: 5000n,
      gasUsed: 1n,
      aliases: ['root'],
      problems: [{ code: 'logs-truncated', message: 'm' }],
      events: [
        {
          eventIndex: 1,
          kind: 'sale',
          outcome: 'ok',
          decoder: 'd',
          decoderVersion: 2,
          asset: { kind: 'nft', address: 'nft' },
          from: 'a',
          to: 'b',
          amount: 1n,
          decimals: 0,
          price: { amount: 18_446_744_073_709_551_615n, currency: 'SOL', decimals: 9 },
          fees: { marketplace: 1n, royalty: 2n },
          marketplace: 'm',
          movements: [{ token: 't', account: 'x', owner: 'a', delta: -3n }],
          nft: { contract: 'c', collection: 'l', creator: 'k', name: 'n', uri: 'u', royaltyBasisPoints: 500 },
          stake: { pool: 'p', lockSeconds: 1, apy: 12.5 },
          repriceOnly: true,
          details: { deep: [{ a: null }] },
        },
      ],
    },
  ],
};

const EVENT = 'transactions[0].events[0]';
const OPTIONAL = new Set([
  ...['blocks', 'parent', 'last', 'lease', 'knowledge', 'replay', 'owed'],
  ...['error', 'signer', 'networkFee', 'gasUsed', 'aliases', 'problems'].map(
    (key) => `transactions[0].${key}`,
  ),
  ...['from', 'to', 'amount', 'decimals', 'price', 'fees', 'marketplace'].map((key) => `${EVENT}.${key}`),
  ...['movements', 'nft', 'stake', 'repriceOnly', 'details'].map((key) => `${EVENT}.${key}`),
  ...['marketplace', 'royalty'].map((key) => `${EVENT}.fees.${key}`),
  ...['contract', 'collection', 'creator', 'name', 'uri', 'royaltyBasisPoints'].map(
    (key) => `${EVENT}.nft.${key}`,
  ),
  ...['lockSeconds', 'apy'].map((key) => `${EVENT}.stake.${key}`),
]);

interface Place {
  readonly path: string;
  readonly value: unknown;
}

/** Every place of the batch that is held to a type, the batch first; `details` holds anything. */
function placesIn(value: unknown, path = ''): Place[] {
  const entries =
    typeof value === 'object' && value !== null && !path.endsWith('details') ? Object.entries(value) : [];
  const below = (key: string) => (Array.isArray(value) ? `${path}[${key}]` : path && `${path}.${key}`) || key;
  return [{ path, value }, ...entries.flatMap(([key, inner]) => placesIn(inner, below(key)))];
}

/** What may not stand in the place of `value`. */
function wrongFor({ path, value }: Place): unknown[] {
  const typeOf = (json: unknown) =>
    json === null ? 'null' : Array.isArray(json) ? 'list' : typeof json === 'bigint' ? 'string' : typeof json;
  const key = path.slice(path.lastIndexOf('.') + 1);
  const wrong: unknown[] = [null, false, 7, 'x', [], {}].filter(
    (json) => typeOf(json) !== typeOf(value) || value === true,
  );
  if (key === 'blockTime') wrong.splice(wrong.indexOf(null), 1);
  if (typeof value === 'bigint') wrong.push('', '-', '1.5', ' 1', '1\n', '1n', '0x1', '+1', '1'.repeat(79));
  if (typeof value === 'number' && key !== 'apy') wrong.push(0.5, 2 ** 53);
  if (typeof value === 'number' && key !== 'apy' && key !== 'blockTime') wrong.push(-1);
  if (['chain', 'finality', 'scope', 'outcome', 'kind', 'code'].includes(key))
    wrong.push('another', '', 'toString');
  if (['fingerprint', 'hash', 'transactionHash', 'replay'].includes(key)) wrong.push('');
  return wrong;
}

/**
 * Decodes BATCH after a change to what holds the place. @returns the message of its refusal; null when it is
 * taken
 */
function refusalOf(
  path: string,
  change: (holder: Record<string, unknown>, key: string) => void,
): string | null {
  const payload = encodeBatch(BATCH);
  const json = JSON.parse(payload.batch);
  const keys = path.split(/[.[\]]+/).filter((key) => key !== '');
  const key = keys.pop() ?? '';
  change(
    keys.reduce((holder, name) => holder[name], json),
    key,
  );
  try {
    decodeBatch({ ...payload, batch: JSON.stringify(json) });
    return null;
  } catch (error) {
    expect(error).toMatchObject({ code: 'JOB_INVALID', retryable: false });
    return (error as Error).message;
  }
}

/** The payload with one piece of its JSON replaced. */
function broken(from: string, to: string): unknown {
  const payload = encodeBatch(BATCH);
  expect(payload.batch).toContain(from);
  return { ...payload, batch: payload.batch.replace(from, to) };
}

describe('codec', () => {
  test('every field survives the way through JSON', () => {
    expect(decodeBatch(JSON.parse(JSON.stringify(encodeBatch(BATCH))))).toEqual(BATCH);
  });

  test.each([
    ['fromBlock', '"fromBlock":10', '"fromBlock":-1'],
    ['toBlock', '"toBlock":12', '"toBlock":9'],
    ['scope', '"scope":"blocks"', '"scope":"all"'],
    ['transactions[0].block', '"toBlock":12', '"toBlock":10'],
    ['transactions[0].events[0].amount', '"amount":"1"', '"amount":"1.5"'],
    ['transactions[0].events[0].price.amount', '"18446744073709551615"', '1'],
    ['transactions[0].events[0].stake.apy', '"apy":12.5', '"apy":1e999'],
    ['transactions[0].events[0].kind', '"sale"', '"steal"'],
    ['transactions[0].events[0]', '"eventIndex":1', '"eventIndex":1,"unheardOf":1'],
  ])('a wrong %s is named', (field, from, to) => {
    expect(() => decodeBatch(broken(from, to))).toThrow(
      expect.objectContaining({
        code: 'JOB_INVALID',
        retryable: false,
        message: expect.stringContaining(field),
      }),
    );
  });

  test.each<[string, Partial<Batch>]>([
    ['toBlock', { toBlock: 9 }],
    ['transactions[0].block', { fromBlock: 12 }],
    ['transactions[0].chain', { chain: 'ton' }],
    ['blocks[0].block', { blocks: [{ block: 9, hash: 'h' }] }],
    ['blocks[0].block', { blocks: [{ block: 13, hash: 'h' }] }],
    ['blocks[1].block', { blocks: [11, 11].map((block) => ({ block, hash: 'h' })) }],
    ['blocks', { scope: 'settle', transactions: [], blocks: [] }],
    ['blocks', { scope: 'settle', transactions: [], blocks: [{ block: 11, hash: 'h' }] }],
    ['blocks', { scope: 'settle', blocks: [{ block: 12, hash: 'h' }] }],
  ])('fields that contradict each other are refused at %s: %j', (path, fields) => {
    expect(() => decodeBatch(encodeBatch({ ...BATCH, ...fields }))).toThrow(
      expect.objectContaining({
        code: 'JOB_INVALID',
        message: expect.stringContaining(` wrong at ${path}: `),
      }),
    );
  });

  describe('of a batch', () => {
    const { source: _apart, ...content } = BATCH;
    const [root, ...fields] = placesIn(content);

    test('nothing is lost, nor is the order of keys, of which the job is named', () => {
      const decoded = decodeBatch(encodeBatch(BATCH));
      expect(decoded).toStrictEqual(BATCH);
      expect(encodeBatch(decoded)).toEqual(encodeBatch(BATCH));
    });

    test('the text is that of the whole as JSON', () => {
      expect(encodeBatch(BATCH).batch).toBe(JSON.stringify(toJson(content)));
    });

    test.each(fields)('anything but $path is refused by its name', (place) => {
      const { path } = place;
      const named = `the job's batch is wrong at ${path}: must be `;
      for (const json of wrongFor(place)) {
        const refusal = refusalOf(path, (holder, key) => {
          holder[key] = json;
        });
        expect(refusal?.slice(0, named.length), JSON.stringify(json)).toBe(named);
      }
    });

    test.each(fields.filter(({ path }) => !path.endsWith(']')))(
      '$path may be absent, or is missed by its name',
      ({ path }) => {
        const refusal = refusalOf(path, (holder, key) => {
          delete holder[key];
        });
        expect(refusal).toBe(OPTIONAL.has(path) ? null : `the job's batch is wrong at ${path}: is missing`);
      },
    );

    const objects = fields.filter(
      ({ path, value }) => typeof value === 'object' && !Array.isArray(value) && !path.endsWith('details'),
    );
    test.each([root, ...objects])('nothing is added to $path', (place) => {
      for (const name of ['unheardOf', 'constructor', '__proto__']) {
        const path = place?.path ? `${place.path}.${name}` : name;
        const refusal = refusalOf(path, (holder, key) => {
          Object.defineProperty(holder, key, { value: {}, enumerable: true });
        });
        expect(refusal).toBe(`the job's batch is wrong at ${path}: no such field`);
      }
    });
  });

  test('details that are deeper than what reads them later can follow are refused', () => {
    const deep = `${'{"in":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    expect(() => decodeBatch(broken('{"deep":[{"a":null}]}', deep))).toThrow(
      / wrong at transactions\[0\]\.events\[0\]\.details: must be at most 64 levels deep/,
    );
  });

  test('a batch without a source, and one that is no object', () => {
    const { batch } = encodeBatch(BATCH);
    expect(() => decodeBatch({ batch })).toThrow(/ wrong at source: /);
    expect(() => decodeBatch({ batch: '[]', source: 's' })).toThrow(/ wrong at its root: /);
  });

  test('anything else is refused with the same error, never another', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.record({ batch: fc.json(), source: fc.string() })),
        (payload) => {
          expect(() => decodeBatch(payload)).toThrow(expect.objectContaining({ code: 'JOB_INVALID' }));
        },
      ),
    );
  });
});

describe('job id', () => {
  const id = (batch: Batch, lane: 'live' | 'backfill' = 'live') => jobId(batch, encodeBatch(batch), lane);

  test('depends on the content and the lane, not on the endpoint', () => {
    expect(id({ ...BATCH, source: 'another' })).toBe(id(BATCH));
    const others = [
      { ...BATCH, transactions: [] },
      { ...BATCH, finality: 'confirmed' as const },
      { ...BATCH, replay: 'r' },
      { ...BATCH, toBlock: 13 },
    ];
    expect(new Set([id(BATCH), id(BATCH, 'backfill'), ...others.map((batch) => id(batch))]).size).toBe(6);
  });

  test('is what BullMQ allows: no colon, not only digits', () => {
    expect(id({ ...BATCH, fingerprint: 'a:b' })).toMatch(/^(?!\d+$)[^:]+$/);
  });
});
