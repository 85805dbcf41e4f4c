import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { transactionOf } from '../../test/support/fake-chain.js';
import type { Batch } from '../events/batch.js';
import { toBatches } from './batches.js';
import type { DecodedSpan } from './reader.js';

const READER = { chain: 'solana', fingerprint: 'f' } as const;

async function* from(spans: readonly DecodedSpan[], error?: Error): AsyncGenerator<DecodedSpan> {
  yield* spans;
  if (error) throw error;
}

async function collect(batches: AsyncIterable<Batch>): Promise<{ batches: Batch[]; error?: unknown }> {
  const out: Batch[] = [];
  try {
    for await (const batch of batches) out.push(batch);
    return { batches: out };
  } catch (error) {
    return { batches: out, error };
  }
}

/** Adjoining spans of random length, each with one block of a random number of events at its end. */
const spans = fc
  .array(fc.record({ length: fc.integer({ min: 1, max: 9 }), events: fc.integer({ min: 0, max: 12 }) }), {
    minLength: 1,
    maxLength: 40,
  })
  .map((list) => {
    let next = 1;
    return list.map(({ length, events }): DecodedSpan => {
      const fromBlock = next;
      next += length;
      const block = transactionOf(next - 1);
      const [event] = block.events;
      const many = event ? Array.from({ length: events }, (_, eventIndex) => ({ ...event, eventIndex })) : [];
      return {
        fromBlock,
        toBlock: next - 1,
        source: `s${next % 2}`,
        transactions: events === 0 ? [] : [{ ...block, events: many }],
      };
    });
  });

test('promise 2: batches hold every span once, in order, adjoining, within their limits, no block split', async () => {
  await fc.assert(
    fc.asyncProperty(
      spans,
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 30 }),
      async (list, maxEvents, maxBlocks) => {
        const { batches } = await collect(
          toBatches(READER, from(list), { finality: 'finalized' }, { maxEvents, maxBlocks }),
        );
        expect(batches.flatMap((batch) => batch.transactions)).toEqual(
          list.flatMap((span) => span.transactions),
        );
        expect(batches[0]?.fromBlock).toBe(1);
        expect(batches.at(-1)?.toBlock).toBe(list.at(-1)?.toBlock);
        for (const [at, batch] of batches.entries()) {
          if (at > 0) expect(batch.fromBlock).toBe((batches[at - 1]?.toBlock ?? 0) + 1);
          const inside = list.filter(
            (span) => span.fromBlock >= batch.fromBlock && span.toBlock <= batch.toBlock,
          );
          expect(inside[0]?.fromBlock).toBe(batch.fromBlock);
          expect(inside.at(-1)?.toBlock).toBe(batch.toBlock);
          if (inside.length > 1) {
            expect(batch.toBlock - batch.fromBlock + 1).toBeLessThanOrEqual(maxBlocks);
            expect(
              batch.transactions.reduce((sum, { events }) => sum + events.length, 0),
            ).toBeLessThanOrEqual(maxEvents);
          }
        }
      },
    ),
  );
});

test('promise 3: what was read before an error goes out before the error', async () => {
  const list = [1, 2, 3].map((block) => ({
    fromBlock: block,
    toBlock: block,
    source: 's',
    transactions: [],
  }));
  const { batches, error } = await collect(
    toBatches(
      READER,
      from(list, new Error('cut')),
      { finality: 'finalized' },
      { maxEvents: 10, maxBlocks: 10 },
    ),
  );
  expect(batches.map(({ fromBlock, toBlock }) => [fromBlock, toBlock])).toEqual([[1, 3]]);
  expect(error).toMatchObject({ message: 'cut' });
});

test('a hole between spans is never covered', async () => {
  const list = [1, 2, 4].map((block) => ({
    fromBlock: block,
    toBlock: block,
    source: 's',
    transactions: [],
  }));
  const { batches } = await collect(
    toBatches(READER, from(list), { finality: 'finalized' }, { maxEvents: 10, maxBlocks: 10 }),
  );
  expect(batches.map(({ fromBlock, toBlock }) => [fromBlock, toBlock])).toEqual([
    [1, 2],
    [4, 4],
  ]);
});

test('the bytes of a block are let go while its batch is still being filled', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const bodies: WeakRef<Uint8Array>[] = [];
  let alive = -1;
  async function* read(): AsyncGenerator<DecodedSpan> {
    for (let block = 1; block <= 20; block++) {
      yield spanWithBytes(block, bodies);
      await new Promise((done) => setImmediate(done));
    }
    collectGarbage();
    alive = bodies.filter((body) => body.deref() !== undefined).length;
  }
  const { batches } = await collect(
    toBatches(READER, read(), { finality: 'finalized' }, { maxEvents: 1_000, maxBlocks: 1_000 }),
  );
  expect(batches).toHaveLength(1);
  // The last one may still be in a register.
  expect(alive).toBeLessThanOrEqual(1);
});

function spanWithBytes(block: number, bodies: WeakRef<Uint8Array>[]): DecodedSpan {
  const body = new Uint8Array(100_000);
  bodies.push(new WeakRef(body));
  return { fromBlock: block, toBlock: block, source: 's', transactions: [], raw: () => body };
}
