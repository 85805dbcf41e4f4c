/**
 * Sales for jettons on a real TVM: a contract with the state of getgems' sale v4, the reference jetton and
 * item, facts asked of them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Address,
  type Builder,
  beginCell,
  Cell,
  contractAddress,
  Dictionary,
  type Slice,
  type StateInit,
  toNano,
} from '@ton/core';
import { Blockchain, type SandboxContract, type TreasuryContract } from '@ton/sandbox';
import { compileFunc } from '@ton-community/func-js';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { itemDeploy, itemTransfer, jettonMint, jettonTransfer } from '../../devnet/ton/contracts/bodies.js';
import { collection, item, jettonMinter } from '../../devnet/ton/contracts/contracts.js';
import { normaliseCell } from '../../src/chains/ton/normalise/cell.js';
import { inputsOf } from '../../src/chains/ton/normalise/family.js';
import { createTonDecoder } from '../../src/decoders/ton/registry.js';
import type { ChainEvent } from '../../src/events/event.js';
import { createTonFacts } from '../../src/readers/ton/facts.js';
import { coreItem, ownCell, ownItem } from '../support/cells.js';
import { silentLog } from '../support/silent-log.js';
import { ALL, balances } from '../support/ton.js';

const OURS = join(import.meta.dirname, '../support/contracts');
const DEVNET = join(import.meta.dirname, '../../devnet/ton/contracts/func');
const PRICE = 1000n;

type Person = SandboxContract<TreasuryContract>;
interface Stage {
  readonly people: Readonly<Record<'admin' | 'alice' | 'bob' | 'market' | 'artist', Person>>;
  readonly master: Address;
  readonly nft: Address;
  readonly sale: Address;
  walletOf(owner: Address): Promise<Address>;
  /** What the message and all that it causes are told as. */
  play(by: Person, to: Address, body: Cell, init?: StateInit): Promise<ChainEvent[]>;
}
let stage: Stage;
let code: Cell;

async function compileSale(): Promise<Cell> {
  const compiled = await compileFunc({
    targets: ['jetton-sale.fc'],
    sources: (path) => readFileSync(join(path === 'primitives.fc' ? DEVNET : OURS, path), 'utf8'),
  });
  if (compiled.status === 'error') throw new Error(compiled.message);
  return Cell.fromBase64(compiled.codeBoc);
}

const jettonPrice = {
  serialize: ({ amount, master }: { readonly amount: bigint; readonly master: Address }, builder: Builder) =>
    void builder.storeCoins(amount).storeAddress(master),
  parse: (slice: Slice) => ({ amount: slice.loadCoins(), master: slice.loadAddress() }),
};

function createPlayer(chain: Blockchain): Stage['play'] {
  const facts = createTonFacts(
    {
      run: async (address, method, args) => {
        try {
          const { stack } = await chain.runGetMethod(Address.parse(address), method, args.map(coreItem));
          return { exitCode: 0, stack: stack.map(ownItem) };
        } catch {
          return { exitCode: 11, stack: [] };
        }
      },
      codeHash: () => null,
      account: async (address) => {
        const { accountState: state } = await chain.getContract(Address.parse(address));
        const { code, data } = state?.type === 'active' ? state.state : {};
        return {
          ...{ active: code != null, frozen: false, last: null },
          ...{ codeHash: code?.hash().toString('hex') ?? null, data: data ? ownCell(data) : null },
        };
      },
    },
    { log: silentLog },
  );
  const decoder = createTonDecoder(ALL);
  let block = 100;
  return async (by, to, body, init) => {
    const { transactions } = await by.send({ to, value: toNano('2'), body, init: init ?? null });
    block += 1;
    const place = (transactionIndex: number) => ({ block, transactionIndex });
    const events: ChainEvent[] = [];
    for (const input of inputsOf(
      transactions.map(({ raw }, index) => normaliseCell(ownCell(raw), null, place(index))),
    ))
      for (let round = 0; round < 8; round++) {
        const { transaction, needs } = decoder.decode(input, facts.knownFor(input.transaction));
        if (needs.length === 0) {
          expect(transaction?.problems ?? []).toEqual([]);
          events.push(...(transaction?.events ?? []));
          break;
        }
        await facts.resolve(needs, input.transaction, new AbortController().signal);
      }
    return events;
  };
}

beforeAll(async () => {
  code = await compileSale();
});

beforeEach(async () => {
  const chain = await Blockchain.create();
  const [admin, alice, bob, market, artist] = await Promise.all(
    ['admin', 'alice', 'bob', 'market', 'artist'].map((name) => chain.treasury(name)),
  );
  if (!admin || !alice || !bob || !market || !artist) throw new Error('nobody is there');
  const minter = jettonMinter(admin.address, 'https://example.org/jetton.json');
  const tracks = collection(admin.address, 'https://example.org/', 5);
  const nft = item(tracks.address, 0n);
  const fixed = beginCell()
    .storeAddress(market.address)
    .storeAddress(artist.address)
    .storeUint(5000, 17)
    .storeUint(10_000, 17);
  const data = beginCell()
    .storeBit(false)
    .storeAddress(market.address)
    .storeAddress(null)
    .storeCoins(0)
    .storeUint(0, 96)
    .storeRef(fixed.storeAddress(nft.address).storeUint(1, 32).endCell())
    .storeDict(null)
    .endCell();
  const sale = contractAddress(0, { code, data });
  const play = createPlayer(chain);
  const walletOf = async (owner: Address) => {
    const args = [{ type: 'slice', cell: beginCell().storeAddress(owner).endCell() }] as const;
    return (
      await chain.runGetMethod(minter.address, 'get_wallet_address', [...args])
    ).stackReader.readAddress();
  };
  const response = admin.address;
  await play(
    admin,
    minter.address,
    jettonMint({ query: 1, amount: 5n * PRICE, to: bob.address, response, walletNanotons: toNano('0.1') }),
    minter.init,
  );
  await play(
    admin,
    tracks.address,
    itemDeploy(1, { index: 0n, nanotons: toNano('0.1'), owner: alice.address }),
    tracks.init,
  );
  await play(market, sale, beginCell().endCell(), { code, data });
  stage = {
    people: { admin, alice, bob, market, artist },
    master: minter.address,
    nft: nft.address,
    sale,
    walletOf,
    play,
  };
  const prices = Dictionary.empty(Dictionary.Keys.BigUint(256), jettonPrice);
  prices.set(BigInt(`0x${(await walletOf(sale)).hash.toString('hex')}`), {
    amount: PRICE,
    master: minter.address,
  });
  await play(alice, nft.address, itemTransfer(1, sale, alice.address, toNano('0.1')));
  await play(
    alice,
    sale,
    beginCell().storeUint(0xfd135f7b, 32).storeUint(1, 64).storeCoins(0).storeDict(prices).endCell(),
  );
});

async function pay(amount: bigint): Promise<ChainEvent[]> {
  const { people, play, sale, walletOf } = stage;
  const { bob } = people;
  const order = jettonTransfer({
    query: 2,
    amount,
    to: sale,
    response: bob.address,
    forward: toNano('1'),
    payload: beginCell().endCell(),
  });
  return play(bob, await walletOf(bob.address), order);
}

async function shares(
  paid: Readonly<Partial<Record<keyof Stage['people'], bigint>>>,
  kept = 0n,
): Promise<Record<string, bigint>> {
  const { people, sale, walletOf } = stage;
  const wallets: Record<string, bigint> = { [(await walletOf(sale)).toRawString()]: kept };
  for (const name of ['admin', 'alice', 'bob', 'market', 'artist'] as const)
    if (paid[name] !== undefined) wallets[(await walletOf(people[name].address)).toRawString()] = paid[name];
  return wallets;
}

test('promise 7: a sale for jettons is one event that knows price, fee and royalty, and all that moved for it', async () => {
  const { people, master, nft } = stage;
  const events = await pay(PRICE);
  expect(events).toMatchObject([
    {
      ...{ kind: 'sale', outcome: 'ok', asset: { kind: 'nft', address: nft.toRawString() } },
      ...{ from: people.alice.address.toRawString(), to: people.bob.address.toRawString() },
      ...{
        price: { amount: PRICE, currency: master.toRawString() },
        fees: { marketplace: 50n, royalty: 100n },
      },
    },
  ]);
  expect(balances(events)).toEqual(await shares({ bob: -PRICE, alice: 850n, market: 50n, artist: 100n }));
});

test('promise 7: what was paid too much goes back, too little buys nothing, and the books balance', async () => {
  const few = await pay(PRICE - 1n);
  expect(few.map(({ kind }) => kind)).toEqual(['transfer', 'transfer']);
  expect(balances(few)).toEqual(await shares({ bob: 0n }));
  const many = await pay(PRICE + 7n);
  expect(many).toMatchObject([{ kind: 'sale', price: { amount: PRICE } }]);
  expect(balances(many)).toEqual(await shares({ bob: -PRICE, alice: 850n, market: 50n, artist: 100n }));
  // It is sold: the next payment goes back.
  expect((await pay(PRICE)).map(({ kind }) => kind)).toEqual(['transfer', 'transfer']);
});
