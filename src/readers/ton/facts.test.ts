import { describe, expect, test } from 'vitest';
import { silentLog } from '../../../test/support/silent-log.js';
import { EMPTY_CELL } from '../../chains/ton/cells/cell.js';
import type { AccountState } from '../../chains/ton/endpoints/endpoint.js';
import type { TonTransaction } from '../../chains/ton/transaction.js';
import { createTonFacts } from './facts.js';

const WALLET_V4R2 = 'feb5ff6820e2ff0d9483e7e0d62c817d846789fb4ae580c878866d959dabd5c0';
const OTHER = 'a'.repeat(64);
const WALLET = `0:${'1'.repeat(64)}`;
const NOTHING: AccountState = { active: false, frozen: false, codeHash: null, data: null, last: null };
const transaction = { account: WALLET, statusBefore: 'active' } as TonTransaction;

/** @param told what a block says by itself @param state what an endpoint answers */
function factsWith(told: (block: number) => string | null, state: (block: number) => AccountState) {
  const asked: number[] = [];
  const facts = createTonFacts(
    {
      codeHash: (_, block) => told(block),
      account: async (_, block) => {
        asked.push(block);
        return state(block);
      },
      run: async () => ({ exitCode: 11, stack: [] }),
    },
    { log: silentLog },
  );
  const saleAt = async (block: number) => {
    const at = { block, lt: 1n };
    await facts.resolve([{ kind: 'sale', address: WALLET, at }], transaction, new AbortController().signal);
    return facts.knownFor(transaction).answer({ kind: 'sale', address: WALLET, at });
  };
  return { asked, saleAt };
}

describe('who is no sale is not asked about', () => {
  test('a wallet that the block itself names by its code, at this block and at every other', async () => {
    const { asked, saleAt } = factsWith(
      (block) => (block === 10 ? WALLET_V4R2 : null),
      () => NOTHING,
    );
    expect([await saleAt(10), await saleAt(11), await saleAt(3)]).toEqual([null, null, null]);
    expect(asked).toEqual([]);
  });

  test('a wallet that an endpoint named once', async () => {
    const data = EMPTY_CELL;
    const wallet = { ...NOTHING, active: true, codeHash: WALLET_V4R2, data };
    const { asked, saleAt } = factsWith(
      () => null,
      () => wallet,
    );
    expect([await saleAt(10), await saleAt(11)]).toEqual([null, null]);
    expect(asked).toEqual([10]);
  });

  test('any other contract is asked for at every block, because its code and data may change', async () => {
    const { asked, saleAt } = factsWith(
      () => OTHER,
      () => ({ ...NOTHING, active: true, codeHash: OTHER, data: EMPTY_CELL }),
    );
    expect([await saleAt(10), await saleAt(11)]).toEqual([null, null]);
    expect(asked).toEqual([10, 11]);
  });

  test('an account that is gone is asked for a block before', async () => {
    const { asked, saleAt } = factsWith(
      () => null,
      () => NOTHING,
    );
    expect(await saleAt(10)).toBe(null);
    expect(asked).toEqual([10, 9]);
  });
});
