import { beginCell, internal, storeMessageRelaxed } from '@ton/core';
import { describe, expect, test } from 'vitest';
import {
  ALL,
  account,
  balances,
  bodies,
  parsed,
  type Step,
  tell,
  trace,
} from '../../../../test/support/ton.js';
import type { ContractFacts } from '../contract-facts.js';

const [alice, bob, master, admin] = ['alice', 'bob', 'master', 'admin'].map((name) => account(name)) as [
  string,
  string,
  string,
  string,
];
const [aliceWallet, bobWallet, forged] = ['wallet of alice', 'wallet of bob', 'forged'].map((name) =>
  account(name),
) as [string, string, string];
const jettonWallets = { [aliceWallet]: { master, owner: alice }, [bobWallet]: { master, owner: bob } };
const world = { jettonWallets };

const sent = (notify: boolean): Step[] => [
  { account: alice, sends: [{ to: aliceWallet, body: bodies.transfer(50n, bob) }] },
  { account: aliceWallet, sends: [{ to: bobWallet, body: bodies.internal(50n, alice) }] },
  { account: bobWallet, sends: notify ? [{ to: bob, body: bodies.notification(50n, alice) }] : [] },
  ...(notify ? [{ account: bob }] : []),
];

describe('jettons', () => {
  test.each([true, false])('a transfer is one event of the receiving wallet, notified: %s', (notify) => {
    const { events, transactions } = tell(trace(sent(notify)), world);
    expect(events).toMatchObject([
      {
        account: bobWallet,
        kind: 'transfer',
        outcome: 'ok',
        from: alice,
        to: bob,
        amount: 50n,
        asset: { kind: 'token', address: master },
      },
    ]);
    expect(balances(events)).toEqual({ [aliceWallet]: -50n, [bobWallet]: 50n });
    const [root] = trace(sent(notify));
    expect(transactions[0]).toMatchObject({ chain: 'ton', block: 102, signer: alice });
    expect(transactions[0]?.aliases).toEqual(expect.arrayContaining([root?.hash, root?.inMessage?.hash]));
  });

  test.each([0x15, 0x642b7d07])(
    'a mint by op %i is an event of the receiving wallet, or of the master that refused',
    (op) => {
      const order = { account: admin, sends: [{ to: master, body: bodies.mint(op, 9n, bob) }] };
      const minted = [
        order,
        { account: master, sends: [{ to: bobWallet, body: bodies.internal(9n, null) }] },
        { account: bobWallet, fresh: true },
      ];
      const { events } = tell(trace(minted), world);
      expect(events).toMatchObject([
        { account: bobWallet, kind: 'mint', outcome: 'ok', to: bob, amount: 9n },
      ]);
      expect(events[0]).not.toHaveProperty('from');
      expect(balances(events)).toEqual({ [bobWallet]: 9n });
      expect(tell(trace([order, { account: master, aborted: true }]), world).events).toMatchObject([
        { account: master, kind: 'mint', outcome: 'failed', to: bob, amount: 9n },
      ]);
    },
  );

  test('a burn is final when the master took it; a refused one is failed and moves nothing', () => {
    const burn = (aborted: boolean): Step[] => [
      { account: alice, sends: [{ to: aliceWallet, body: bodies.burn(5n) }] },
      { account: aliceWallet, sends: [{ to: master, body: bodies.burnNotification(5n, alice) }] },
      {
        account: master,
        aborted,
        ...(aborted && { sends: [{ to: aliceWallet, bounced: true, body: bodies.op(0xffffffff) }] }),
      },
      ...(aborted ? [{ account: aliceWallet }] : []),
    ];
    const done = tell(trace(burn(false)), world).events;
    expect(done).toMatchObject([{ account: master, kind: 'burn', outcome: 'ok', from: alice, amount: 5n }]);
    expect(balances(done)).toEqual({ [aliceWallet]: -5n });
    const refused = tell(trace(burn(true)), world).events;
    expect(refused).toMatchObject([
      { account: master, kind: 'burn', outcome: 'failed', from: alice, amount: 5n },
    ]);
    expect(balances(refused)).toEqual({});
  });

  test('promise 6: failed transfers are told once, as failed, by the transaction that failed', () => {
    const order = { account: alice, sends: [{ to: aliceWallet, body: bodies.transfer(50n, bob) }] };
    expect(tell(trace([order, { account: aliceWallet, aborted: true }]), world).events).toMatchObject([
      { account: aliceWallet, kind: 'transfer', outcome: 'failed', from: alice, to: bob, amount: 50n },
    ]);
    const bounced = [
      order,
      { account: aliceWallet, sends: [{ to: bobWallet, body: bodies.internal(50n, alice) }] },
      {
        account: bobWallet,
        aborted: true,
        sends: [{ to: aliceWallet, bounced: true, body: bodies.op(0xffffffff) }],
      },
      { account: aliceWallet },
    ];
    const { events } = tell(trace(bounced), world);
    expect(events).toMatchObject([
      { account: bobWallet, kind: 'transfer', outcome: 'failed', from: alice, to: bob, amount: 50n },
    ]);
    expect(balances(events)).toEqual({});
    // The receiving wallet never came to be: nobody can verify it, but the sender's order says what was
    // tried.
    expect(
      tell(trace(bounced), { jettonWallets: { [aliceWallet]: { master, owner: alice } } }).events,
    ).toMatchObject([{ account: bobWallet, outcome: 'failed', from: alice, to: bob, amount: 50n }]);
  });

  test('promise 6: forged wallets, notifications and burns give no event', () => {
    const forgeries: Step[][] = [
      // A contract that calls itself a jetton wallet "receives" and "sends".
      [{ account: alice, sends: [{ to: forged, body: bodies.internal(50n, alice) }] }, { account: forged }],
      // A transfer notification by an ordinary wallet.
      [{ account: alice, sends: [{ to: bob, body: bodies.notification(50n, alice) }] }, { account: bob }],
      // A burn notification by no wallet of the master.
      [
        { account: forged, sends: [{ to: master, body: bodies.burnNotification(5n, alice) }] },
        { account: master },
      ],
      // A transfer order to what is no jetton wallet.
      [
        { account: alice, sends: [{ to: forged, body: bodies.transfer(5n, bob) }] },
        { account: forged, aborted: true },
      ],
    ];
    for (const steps of forgeries) expect(tell(trace(steps), world).events).toEqual([]);
  });

  test('jettons from outside the master that a verified wallet took are a problem, not a transfer', () => {
    const other = { [forged]: { master: account('another master'), owner: alice } };
    const steps = [{ account: alice, sends: [{ to: forged, body: bodies.transfer(1n, bob) }] }];
    const taken = [
      ...steps,
      { account: forged, sends: [{ to: bobWallet, body: bodies.internal(1n, alice) }] },
      { account: bobWallet },
    ];
    const { events, transactions } = tell(trace(taken), { jettonWallets: { ...jettonWallets, ...other } });
    expect(events).toEqual([]);
    expect(transactions.flatMap(({ problems }) => problems ?? [])).toMatchObject([{ code: 'undecodable' }]);
  });

  test('what is not followed gives nothing; what is not known is a need', () => {
    const follow = { ...ALL, all: false };
    expect(tell(trace(sent(false)), world, follow).events).toEqual([]);
    const named = { ...follow, jettons: [{ symbol: 'NDT', master, decimals: 9 }] };
    expect(tell(trace(sent(false)), world, named).events).toMatchObject([{ kind: 'transfer', decimals: 9 }]);
    const unknown: ContractFacts = {
      answer: ({ kind }) => (kind === 'jetton-wallet' || kind === 'wallet-of' ? undefined : null),
    };
    const { events, needs } = tell(trace(sent(false)), unknown, named);
    expect(events).toEqual([]);
    expect(needs.map(({ kind, address }) => `${kind} ${address}`)).toContain(`jetton-wallet ${bobWallet}`);
  });

  test('an order that the wallet dropped is a failed attempt, once for each copy', () => {
    const body = bodies.transfer(3n, bob);
    const order = beginCell()
      .store(storeMessageRelaxed(internal({ to: parsed(aliceWallet), value: 1n, body })))
      .endCell();
    const external = beginCell()
      .storeBuffer(Buffer.alloc(64))
      .storeUint(3, 8)
      .storeRef(order)
      .storeUint(3, 8)
      .storeRef(order)
      .endCell();
    const dropped = tell(trace([{ account: alice }], external), world).events;
    expect(dropped).toMatchObject([
      { kind: 'transfer', outcome: 'failed', from: alice, to: bob, amount: 3n },
      { kind: 'transfer', outcome: 'failed', from: alice, to: bob, amount: 3n },
    ]);
    const half = trace([{ account: alice, sends: [{ to: aliceWallet, body }] }], external);
    expect(tell(half, world).events).toHaveLength(1);
  });
});
