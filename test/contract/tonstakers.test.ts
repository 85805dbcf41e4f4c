/**
 * A liquid stake from its transactions to its row: what goes in is TON, what is counted and taken back is
 * tsTON.
 */
import { beginCell } from '@ton/core';
import { expect, test } from 'vitest';
import { foldStakes } from '../../src/projections/staking/fold.js';
import { ledgerRows } from '../../src/store/ledger/ledger.js';
import { account, balances, bodies, parsed, type Step, tell, trace } from '../support/ton.js';

const alice = account('alice');
const wallet = account('tsTON wallet of alice');
const pool = '0:a45b17f28409229b78360e3290420f13e4fe20f90d7e2bf8c4ac6703259e22fa';
const master = '0:bdf3fa8098d129b54b4f73b5bac5d1e1fd91eb054169c3916dfc8ccd536d1000';
const world = { jettonWallets: { [wallet]: { master, owner: alice } } };
const NANO = 1_000_000_000n;
const MINTED = 9_439_323_796n;

const mint = beginCell()
  .storeUint(0x1674b0a0, 32)
  .storeUint(7, 64)
  .storeAddress(parsed(alice))
  .storeCoins(MINTED)
  .endCell();
const deposit: Step[] = [
  { account: alice, sends: [{ to: pool, body: bodies.op(0x47d54391), value: 11n * NANO }] },
  { account: pool, sends: [{ to: master, body: mint }] },
  { account: master, sends: [{ to: wallet, body: bodies.internal(MINTED, null) }] },
  { account: wallet },
];
const withdrawal = (amount: bigint): Step[] => [
  { account: alice, sends: [{ to: wallet, body: bodies.burn(amount) }] },
  { account: wallet, sends: [{ to: master, body: bodies.burnNotification(amount, alice) }] },
  { account: master, sends: [{ to: pool, body: bodies.op(0x319b0cdc) }] },
  { account: pool },
];

test('Tonstakers: a stake names the TON that went in, its position counts the tsTON that an unstake gives back', () => {
  const [staked, unstaked] = [tell(trace(deposit), world), tell(trace(withdrawal(MINTED - 5n)), world)];
  const asset = { kind: 'token', address: master };
  expect(staked.events).toMatchObject([
    {
      kind: 'stake',
      from: alice,
      asset,
      amount: 10n * NANO,
      details: { amountIn: 'TON', tokensMinted: `${MINTED}` },
    },
  ]);
  expect(unstaked.events).toMatchObject([
    { kind: 'unstake', from: alice, asset, amount: MINTED - 5n, details: { amountIn: 'tsTON' } },
  ]);
  expect(balances([...staked.events, ...unstaked.events])).toEqual({ [wallet]: 5n });
  const rows = [...staked.transactions, ...unstaked.transactions].flatMap((transaction) =>
    ledgerRows(transaction, 'finalized'),
  );
  expect(foldStakes(rows)).toMatchObject([
    { wallet: alice, pool, token: master, staked: MINTED, remaining: 5n, closed: null },
  ]);
});
