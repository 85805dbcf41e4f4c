import { Address, type Builder, beginCell, type Cell, Dictionary, type Slice } from '@ton/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ownCell } from '../../../../test/support/cells.js';
import { account, parsed } from '../../../../test/support/ton.js';
import { readSaleStack } from './stack.js';
import { readSaleState } from './state.js';

const [market, item, owner, feeAddress, royaltyAddress, bidder] = [
  'market',
  'item',
  'owner',
  'fees',
  'royalty',
  'bidder',
].map((name) => account(name)) as [string, string, string, string, string, string];
const GETGEMS = '0:584ee61b2dff0837116d0fcb5078d93964bcbe9c05fd6a141b1bfca5d6a43e18';
const address = (builder: Builder, ...raw: (string | null)[]) =>
  raw.reduce((at, text) => at.storeAddress(text === null ? null : Address.parse(text)), builder);

const amounts = () =>
  address(address(beginCell(), feeAddress).storeCoins(5n), royaltyAddress).storeCoins(7n).endCell();
const shares = () =>
  address(address(beginCell(), feeAddress).storeUint(5, 32).storeUint(100, 32), royaltyAddress)
    .storeUint(7, 32)
    .storeUint(100, 32)
    .endCell();
const fixed = (marketplace = market) =>
  address(beginCell().storeBit(0).storeUint(1, 32), marketplace, item, owner)
    .storeCoins(100n)
    .storeRef(amounts());
const jettonWallet = account('jetton wallet of the sale');
const master = account('master');

const jettonPrices = Dictionary.empty(Dictionary.Keys.BigUint(256), {
  serialize: (price: bigint, builder: Builder) => void builder.storeCoins(price).storeAddress(parsed(master)),
  parse: (slice: Slice) => slice.loadCoins(),
}).set(BigInt(`0x${jettonWallet.slice(2)}`), 42n);

const FORMS: Record<string, { readonly data: Cell; readonly facts: object }> = {
  'fix price v1': {
    data: address(beginCell(), market, item, owner)
      .storeCoins(100n)
      .storeRef(address(beginCell().storeCoins(5n), feeAddress, royaltyAddress).storeCoins(7n).endCell())
      .endCell(),
    facts: { kind: 'fix-price', price: 100n, fee: 5n, feeAddress, royalty: 7n, royaltyAddress },
  },
  'reference sale': {
    data: address(beginCell(), market, item, owner)
      .storeCoins(100n)
      .storeRef(address(beginCell().storeCoins(5n), royaltyAddress).storeCoins(7n).endCell())
      .endCell(),
    facts: { kind: 'fix-price', price: 100n, fee: 5n, feeAddress: market, royalty: 7n, royaltyAddress },
  },
  'fix price v2': {
    data: fixed().endCell(),
    facts: { kind: 'fix-price', price: 100n, fee: 5n, feeAddress, royalty: 7n, royaltyAddress },
  },
  'fix price v3r2': {
    data: fixed().storeBit(1).endCell(),
    facts: { kind: 'fix-price', price: 100n, fee: 5n },
  },
  'fix price v3r3': {
    data: fixed().storeUint(0, 96).endCell(),
    facts: { kind: 'fix-price', price: 100n, royalty: 7n },
  },
  'fix price v4, also for jettons': {
    data: address(beginCell().storeBit(0), market, owner)
      .storeCoins(100_000n)
      .storeUint(0, 96)
      .storeRef(
        address(
          address(beginCell(), feeAddress, royaltyAddress).storeUint(5000, 17).storeUint(7000, 17),
          item,
        )
          .storeUint(1, 32)
          .endCell(),
      )
      .storeDict(jettonPrices)
      .endCell(),
    facts: {
      kind: 'fix-price',
      price: 100_000n,
      fee: 5000n,
      royalty: 7000n,
      jettonPrices: { [jettonWallet]: { master, amount: 42n } },
    },
  },
  'auction v1': {
    data: address(beginCell().storeBit(0), market)
      .storeBit(1)
      .storeUint(1, 32)
      .storeBit(0)
      .storeRef(shares())
      .storeRef(
        address(beginCell().storeCoins(1n).storeCoins(2n).storeCoins(3n), bidder)
          .storeCoins(100n)
          .storeUint(0, 128)
          .endCell(),
      )
      .storeRef(address(beginCell(), owner, item).endCell())
      .endCell(),
    facts: { kind: 'auction', price: 100n, feeAddress, royaltyAddress },
  },
  'auction v2, no bid': {
    data: address(address(beginCell().storeUint(0, 3), null).storeCoins(0n).storeUint(0, 64), owner)
      .storeRef(shares())
      .storeRef(
        address(
          address(beginCell().storeUint(1, 32), market)
            .storeCoins(1n)
            .storeCoins(2n)
            .storeCoins(3n)
            .storeUint(1, 32),
          item,
        )
          .storeUint(1, 32)
          .endCell(),
      )
      .endCell(),
    facts: { kind: 'auction', price: null, feeAddress, royaltyAddress },
  },
  'auction v3r3': {
    data: address(address(beginCell().storeUint(0, 2), bidder).storeCoins(100n).storeUint(0, 64), owner)
      .storeUint(0, 64)
      .storeRef(shares())
      .storeRef(
        address(
          address(beginCell(), market).storeCoins(1n).storeCoins(2n).storeUint(5, 7).storeUint(5, 17),
          item,
        )
          .storeUint(1, 32)
          .endCell(),
      )
      .endCell(),
    facts: { kind: 'auction', price: 100n, feeAddress, royaltyAddress },
  },
  'auction v3r3, its shares outside the cell of fees': {
    data: address(address(beginCell().storeUint(0, 2), bidder).storeCoins(100n).storeUint(0, 64), owner)
      .storeUint(0, 64)
      .storeUint(0, 128)
      .storeRef(address(beginCell(), feeAddress, royaltyAddress).endCell())
      .storeRef(
        address(
          address(beginCell(), market).storeCoins(1n).storeCoins(2n).storeUint(5, 7).storeUint(5, 17),
          item,
        )
          .storeUint(1, 32)
          .endCell(),
      )
      .endCell(),
    facts: { kind: 'auction', price: 100n, feeAddress, royaltyAddress },
  },
  'auction v4 for a jetton': {
    data: address(address(beginCell().storeUint(0, 2), bidder).storeCoins(100n).storeUint(0, 64), owner)
      .storeUint(0, 64)
      .storeRef(address(beginCell(), feeAddress, royaltyAddress).storeUint(0, 128).endCell())
      .storeRef(
        address(
          address(beginCell(), market).storeCoins(1n).storeCoins(2n).storeUint(5, 7).storeUint(5, 17),
          item,
        )
          .storeUint(1, 32)
          .endCell(),
      )
      .storeBit(1)
      .storeRef(address(beginCell(), jettonWallet, master).storeBit(0).endCell())
      .endCell(),
    facts: { kind: 'auction', price: null, jettonPrices: { [jettonWallet]: { master, amount: 100n } } },
  },
  'offer v1': {
    data: address(beginCell().storeBit(0).storeUint(0, 64), market, item, owner)
      .storeCoins(100n)
      .storeRef(shares())
      .storeBit(0)
      .endCell(),
    facts: { kind: 'offer', price: 100n, feeAddress, royaltyAddress },
  },
  'offer v1r3': {
    data: address(beginCell().storeBit(0).storeUint(0, 96), market, item, owner)
      .storeCoins(100n)
      .storeRef(shares())
      .storeBit(0)
      .endCell(),
    facts: { kind: 'offer', price: 100n, feeAddress, royaltyAddress },
  },
};

test.each(Object.entries(FORMS))('%s is read from its data', (_, { data, facts }) => {
  expect(readSaleState('', ownCell(data))).toMatchObject({
    ...facts,
    item,
    owner,
    marketplaceAddress: market,
    marketplace: 'unknown',
    codeKnown: false,
  });
});

test('the marketplace is named by its address, and the code is known by its hash', () => {
  const codes = [
    ...[
      'da9b9fce22e87c496572d20365259579bccef91a720357ccbe8c052efc9be08f',
      '8278f4c5233de6fbedc969af519344a7a9bffc544856dba986a95c0bcf8571c9',
    ],
    ...[
      '6b95a6418b9c9d2359045d1e7559b8d549ae0e506f24caab58fa30c8fb1feb86',
      'fc00a29dd0205bcdcc0d3ffb9ca38cc3c8c159ec60d8aa543240a92f10592d40',
    ],
    ...[
      'ce5a78534eaaa6ceed8dafd486d076eb60a9b0d6dbfb53676f662649c0689956',
      '7aa13161df5469acb9daab5ad3b9cb14a2c9754395e6355ccdb8dded6482092b',
    ],
  ];
  for (const code of codes)
    expect(readSaleState(code, ownCell(fixed().endCell()))).toMatchObject({
      marketplace: 'getgems',
      codeKnown: true,
    });
  expect(readSaleState('', ownCell(fixed(GETGEMS).endCell()))).toMatchObject({
    marketplace: 'getgems',
    codeKnown: false,
  });
});

test('data with a bit more or less, or of something else, are no sale', () => {
  for (const [name, { data }] of Object.entries(FORMS)) {
    const more = beginCell().storeSlice(data.beginParse()).storeUint(0, 5).endCell();
    expect(readSaleState('', ownCell(more)), name).toBeNull();
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.uint8Array({ maxLength: 120 }), (bits, inner) => {
      const data = beginCell()
        .storeBuffer(Buffer.from(bits))
        .storeRef(beginCell().storeBuffer(Buffer.from(inner)).endCell())
        .endCell();
      expect(readSaleState('', ownCell(data))).toBeNull();
    }),
  );
});

test('an answer to get_sale_data is read by its length and magic number', () => {
  const at = (raw: string) =>
    ({ type: 'slice', cell: ownCell(beginCell().storeAddress(Address.parse(raw)).endCell()) }) as const;
  const int = (value: bigint) => ({ type: 'int', value }) as const;
  const ends = [at(market), at(item), at(owner)];
  const facts = { item, owner, marketplaceAddress: market, price: 100n };
  expect(readSaleStack('', [...ends, int(100n), int(5n), at(royaltyAddress), int(7n)])).toMatchObject({
    ...facts,
    fee: 5n,
    royalty: 7n,
  });
  expect(
    readSaleStack('', [...ends, int(100n), at(feeAddress), int(5n), at(royaltyAddress), int(7n)]),
  ).toMatchObject({
    ...facts,
    feeAddress,
  });
  const fixPrice = [
    int(0x46495850n),
    int(0n),
    int(1n),
    ...ends,
    int(100n),
    at(feeAddress),
    int(5n),
    at(royaltyAddress),
    int(7n),
  ];
  expect(readSaleStack('', fixPrice)).toMatchObject({ ...facts, kind: 'fix-price', feeAddress });
  expect(readSaleStack('', fixPrice.slice(1))).toBeNull();
  expect(readSaleStack('', [])).toBeNull();
});
