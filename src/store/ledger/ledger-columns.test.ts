/** What an event says comes back from the columns of the ledger, whichever column holds it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { history } from '../../../test/support/events.js';
import type { ChainEvent } from '../../events/event.js';
import { eventColumns, eventOf, factsOf, transactionFactsOf } from './ledger-columns.js';

/** The row as pg gives it back: bigint and numeric as text. */
function stored(event: ChainEvent): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(eventColumns).map(([column, read]) => {
      const value = read({ event });
      return [column, typeof value === 'bigint' ? value.toString() : (value ?? null)];
    }),
  );
}

test('every event of any history comes back as it was', () => {
  fc.assert(
    fc.property(history, (transactions) => {
      for (const { events } of transactions)
        for (const event of events) {
          const back = eventOf(stored(event), JSON.parse(factsOf(event, undefined)));
          expect(back).toStrictEqual(event);
        }
    }),
    { numRuns: 20 },
  );
});

test('what SQL finds rows by has columns of its own, everything else stands in facts', () => {
  const event: ChainEvent = {
    eventIndex: 1,
    kind: 'sale',
    outcome: 'ok',
    decoder: 'd',
    decoderVersion: 2,
    asset: { kind: 'nft', address: 'nft' },
    from: 'a',
    price: { amount: 2n ** 64n, currency: 'SOL', decimals: 9 },
    fees: { royalty: 2n },
    movements: [{ token: 't', account: 'x', owner: 'a', delta: -3n }],
    details: { any: ['thing'] },
  };
  expect(stored(event)).toEqual({
    event_index: 1,
    kind: 'sale',
    outcome: 'ok',
    decoder: 'd',
    decoder_version: 2,
    asset_kind: 'nft',
    asset: 'nft',
    sender: 'a',
    recipient: null,
    amount: null,
    decimals: null,
    price_amount: '18446744073709551616',
    price_currency: 'SOL',
    price_decimals: 9,
  });
  const facts = JSON.parse(factsOf(event, { signer: 'alice', networkFee: 5n }));
  expect(facts).toEqual({
    fees: { royalty: '2' },
    movements: [{ token: 't', account: 'x', owner: 'a', delta: '-3' }],
    details: { any: ['thing'] },
    transaction: { signer: 'alice', networkFee: '5' },
  });
  expect(transactionFactsOf(facts.transaction)).toEqual({ signer: 'alice', networkFee: 5n });
});
