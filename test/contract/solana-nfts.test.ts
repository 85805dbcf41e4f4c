/**
 * NFT standards and marketplaces on Solana, by the rules: hand-built transactions as the programs would leave
 * them.
 */
import { describe, expect, test } from 'vitest';
import type { SolanaTransaction } from '../../src/chains/solana/transaction.js';
import type { SolanaFollow } from '../../src/decoders/solana/follow.js';
import { createMarketplaceDecoder } from '../../src/decoders/solana/marketplaces/decoder.js';
import { createSettlementDecoder } from '../../src/decoders/solana/marketplaces/settlement.js';
import {
  CORE_PROGRAM,
  SYSTEM_PROGRAM,
  TOKEN_2022_PROGRAM,
  TOKEN_METADATA_PROGRAM,
  TOKEN_PROGRAM,
} from '../../src/decoders/solana/programs.js';
import { createSolanaDecoder } from '../../src/decoders/solana/registry.js';
import { readTransactionResult } from '../../src/readers/solana/recorded/transaction-result.js';
import {
  compressedBurn,
  compressedMint,
  compressedTransfer,
  compressedTransferV2,
  coreBurn,
  coreCreate,
  coreTransfer,
  global,
  key,
  leaf,
  leafId,
  move,
  nftBalance,
  pay,
  text,
  u32,
  vault,
  wallet,
} from '../support/solana-nfts.js';
import { type Build, buildTransaction, type Call, emitted, u64 } from '../support/solana-transaction.js';

const ALL: SolanaFollow = {
  programs: [],
  tokens: [],
  nfts: { mints: [], collections: [], creators: [], all: true },
};
const SELLER = wallet('seller');
const BUYER = wallet('buyer');
const CREATOR = wallet('creator');
const FEES = wallet('fees');
const COLLECTION = vault('collection');
const TREE = vault('tree');
const MINT = vault('mint');
const ESCROW = vault('escrow');
const ACCOUNT = {
  seller: vault('seller account'),
  buyer: vault('buyer account'),
  escrow: vault('escrow account'),
};

const events = (build: Build, follow = ALL) => {
  const decoded = createSolanaDecoder(follow).decode(buildTransaction(build));
  expect(decoded?.problems).toBeUndefined();
  return decoded?.events ?? [];
};
/** The token accounts around a move of the mint from one to another. */
const moved = (
  from: keyof typeof ACCOUNT,
  to: keyof typeof ACCOUNT,
  owners: Record<string, string> = {},
): Pick<Build, 'pre' | 'post'> => {
  const owner = { seller: SELLER, buyer: BUYER, escrow: ESCROW, ...owners };
  return {
    pre: [nftBalance(ACCOUNT[from], MINT, owner[from])],
    post: [nftBalance(ACCOUNT[to], MINT, owner[to])],
  };
};
const call = (
  program: string,
  accounts: readonly string[],
  data: readonly number[],
  calls: readonly Call[],
  logs: string[] = [],
): Call => ({
  ...{ program, accounts, data: Uint8Array.from(data), calls, logs },
});

describe('Metaplex Core', () => {
  const asset = vault('asset');
  test('an asset is minted with its name, royalty and collection, moves and is burned', () => {
    const keys = [SELLER];
    expect(events({ calls: [coreCreate(asset, SELLER, BUYER, COLLECTION)], keys })).toMatchObject([
      {
        ...{
          kind: 'mint',
          decoder: 'metaplex-core',
          asset: { kind: 'nft', address: asset },
          to: BUYER,
          amount: 1n,
        },
        nft: {
          contract: CORE_PROGRAM,
          collection: COLLECTION,
          creator: SELLER,
          name: 'Song',
          uri: 'https://song',
          royaltyBasisPoints: 500,
        },
      },
    ]);
    expect(events({ calls: [coreTransfer(asset, SELLER, BUYER)], keys })).toMatchObject([
      { kind: 'transfer', from: SELLER, to: BUYER },
    ]);
    expect(events({ calls: [coreBurn(asset, SELLER)], keys })).toMatchObject([
      { kind: 'burn', from: SELLER },
    ]);
  });

  test('by default only followed collections are ours', () => {
    const follow = (collections: string[]) => ({ ...ALL, nfts: { ...ALL.nfts, all: false, collections } });
    const build = { calls: [coreTransfer(asset, SELLER, BUYER, COLLECTION)], keys: [SELLER] };
    expect(events(build, follow([COLLECTION]))).toHaveLength(1);
    expect(events(build, follow([TREE]))).toHaveLength(0);
  });
});

describe('Bubblegum', () => {
  test('v1 and v2: the asset id is the tokenId', () => {
    const keys = [SELLER];
    const id = leafId(TREE, 7n);
    expect(events({ calls: [compressedMint(TREE, SELLER, 7n, COLLECTION)], keys })).toMatchObject([
      {
        ...{ kind: 'mint', decoder: 'bubblegum', asset: { kind: 'nft', address: id }, to: SELLER },
        nft: {
          collection: COLLECTION,
          creator: SELLER,
          name: 'Drop',
          uri: 'https://drop',
          royaltyBasisPoints: 300,
        },
      },
    ]);
    const sent = { kind: 'transfer', asset: { kind: 'nft', address: id }, from: SELLER, to: BUYER };
    expect(events({ calls: [compressedTransfer(TREE, SELLER, BUYER, 7n)], keys })).toMatchObject([sent]);
    expect(
      events({ calls: [compressedTransferV2(TREE, SELLER, BUYER, 7n, COLLECTION)], keys }),
    ).toMatchObject([sent]);
    expect(events({ calls: [compressedBurn(TREE, SELLER, 7n)], keys })).toMatchObject([
      { kind: 'burn', asset: { address: id }, from: SELLER },
    ]);
  });

  test.each([
    ['of another tree', leaf(leafId(vault('other tree'), 7n), SELLER, 7n)],
    ['of another nonce', leaf(leafId(TREE, 8n), SELLER, 7n)],
    ['of another owner', leaf(leafId(TREE, 7n), BUYER, 7n)],
    [
      'that a program told which Bubblegum called',
      call(vault('hostile'), [], [], [leaf(leafId(TREE, 7n), SELLER, 7n)]),
    ],
  ])('promise 6: a leaf %s is not believed, and its absence is loud', (_, told) => {
    const decoded = createSolanaDecoder(ALL).decode(
      buildTransaction({ calls: [compressedMint(TREE, SELLER, 7n, COLLECTION, told)] }),
    );
    expect(decoded?.events).toEqual([]);
    expect(decoded?.problems).toMatchObject([{ code: 'undecodable' }]);
  });

  test('promise 6: a leaf told by a noop call without Bubblegum is nothing', () => {
    expect(
      events({
        calls: [leaf(leafId(TREE, 7n), SELLER, 7n)],
        keys: [vault('x'), 'BGUMAp9Gq7iTEuizy4pqaxsTyUCBK68MDfK752saRPUY'],
      }),
    ).toEqual([]);
  });
});

describe('Token Metadata', () => {
  const metadata = vault('metadata');
  const create = (verified: 0 | 1): Call =>
    call(
      TOKEN_METADATA_PROGRAM,
      [metadata, MINT, SELLER, SELLER, SELLER],
      [
        ...[33, ...text('Track\0\0'), ...text('T'), ...text('https://track'), 0xf4, 1],
        ...[1, ...u32(2), ...key(vault('candy machine')), 1, 0, ...key(CREATOR), verified, 100],
        ...[0, 0, 1, 0],
      ],
      [],
    );
  const mint = (verified: 0 | 1, more: readonly Call[] = []): Build => ({
    keys: [SELLER],
    calls: [
      { program: TOKEN_PROGRAM, accounts: [MINT], data: Uint8Array.from([20, 0, ...key(SELLER), 0]) },
      {
        program: TOKEN_PROGRAM,
        accounts: [MINT, ACCOUNT.seller, SELLER],
        data: Uint8Array.from([7, ...u64(1n)]),
      },
      create(verified),
      ...more,
    ],
    post: [nftBalance(ACCOUNT.seller, MINT, SELLER)],
  });
  const verify = call(TOKEN_METADATA_PROGRAM, [metadata, SELLER, SELLER, SELLER, COLLECTION], [25], []);

  test('a mint is described by its metadata; the creator is who gets the royalty, not the candy machine', () => {
    expect(events(mint(0, [verify]))).toMatchObject([
      {
        kind: 'mint',
        nft: {
          name: 'Track',
          uri: 'https://track',
          royaltyBasisPoints: 500,
          creator: CREATOR,
          collection: COLLECTION,
          contract: TOKEN_METADATA_PROGRAM,
        },
      },
    ]);
  });

  test('a candy machine that taxes a bot leaves a mint without metadata: no NFT', () => {
    const { calls, ...rest } = mint(0);
    const machine = call(
      'cndy3Z4yapfJBmL3ShUp5exZKqR3z33thTzeNMm2gRZ',
      [MINT],
      [1],
      [pay(SELLER, vault('machine'), 10_000_000n)],
    );
    expect(events({ ...rest, calls: [...calls.slice(0, 2), machine] })).toEqual([]);
    expect(
      events({ ...rest, calls: [...calls.slice(0, 2), { ...machine, calls: [create(0)] }] }),
    ).toMatchObject([{ kind: 'mint' }]);
  });

  test('a whitelist token that a candy machine burns is no NFT, one that its guard burns through Token Metadata is', () => {
    const guard = 'Guard1JwRhJkVH6XZhzoYxeBVQe872VH6QggF4BWmS9g';
    const burn = call(TOKEN_PROGRAM, [ACCOUNT.seller, MINT, SELLER], [8, ...u64(1n)], []);
    const burned = (calls: readonly Call[]) =>
      buildTransaction({ calls, keys: [SELLER], pre: [nftBalance(ACCOUNT.seller, MINT, SELLER)] });
    const kinds = (transaction: SolanaTransaction) =>
      createSolanaDecoder(ALL)
        .decode(transaction)
        ?.events.map(({ kind }) => kind) ?? [];
    const machine = burned([call('cndy3Z4yapfJBmL3ShUp5exZKqR3z33thTzeNMm2gRZ', [], [1], [burn])]);
    expect(kinds(machine)).toEqual([]);
    const old = machine.instructions.map((instruction) => ({ ...instruction, stackHeight: null }));
    expect(kinds({ ...machine, instructions: old })).toEqual([]);
    expect(kinds(burned([call(guard, [], [1], [burn])]))).toEqual([]);
    expect(kinds(burned([call(guard, [], [1], [call(TOKEN_METADATA_PROGRAM, [], [41], [burn])])]))).toEqual([
      'burn',
    ]);
    expect(kinds(burned([burn]))).toEqual(['burn']);
  });

  test('promise 6: a creator or collection counts only where it signed', () => {
    const follow = (nfts: Partial<SolanaFollow['nfts']>) => ({
      ...ALL,
      nfts: { ...ALL.nfts, all: false, ...nfts },
    });
    const ours = (build: Build, nfts: Partial<SolanaFollow['nfts']>) =>
      (
        createSolanaDecoder(follow(nfts)).decode(
          buildTransaction({ ...build, keys: [SELLER, CREATOR, COLLECTION] }),
        )?.events ?? []
      ).length;
    expect(ours(mint(1), { creators: [CREATOR] })).toBe(1);
    expect(ours(mint(0), { creators: [CREATOR] })).toBe(0);
    expect(ours(mint(0, [verify]), { collections: [COLLECTION] })).toBe(1);
    expect(ours(mint(0), { collections: [COLLECTION] })).toBe(0);
  });
});

describe('Token-2022', () => {
  const group = vault('group');
  const info = {
    mint: MINT,
    mintAuthority: SELLER,
    updateAuthority: CREATOR,
    metadata: MINT,
    name: 'Wave',
    symbol: 'W',
    uri: 'https://wave',
  };
  const parsed = (type: string, fields: object) => ({
    program: 'spl-token-2022',
    programId: TOKEN_2022_PROGRAM,
    parsed: { type, info: fields },
  });
  const member = {
    member: MINT,
    memberMint: MINT,
    memberMintAuthority: SELLER,
    group,
    groupUpdateAuthority: CREATOR,
  };

  test('an NFT with metadata and group extensions and WNS’ royalty fields is described by them, as a node with jsonParsed shows them too', () => {
    const answer = {
      slot: 9,
      transaction: {
        signatures: [
          '5DqZaNrvEKLLUupRTbt56eYG4f8U25uxYH4wCw5UevbEttkBLDJuF9927yacw7J74kTtWKC1xuyA1QBQRakh3cd1',
        ],
        message: {
          accountKeys: [SELLER, MINT, ACCOUNT.seller, CREATOR, group, TOKEN_2022_PROGRAM].map(
            (pubkey, i) => ({
              pubkey,
              signer: i < 2,
              source: 'transaction',
            }),
          ),
          instructions: [
            parsed('initializeMint2', { mint: MINT, decimals: 0, mintAuthority: SELLER }),
            parsed('initializeTokenMetadata', info),
            parsed('initializeTokenGroupMember', member),
            parsed('updateTokenMetadataField', {
              metadata: MINT,
              updateAuthority: CREATOR,
              field: 'royalty_basis_points',
              value: '450',
            }),
            parsed('updateTokenMetadataField', {
              metadata: MINT,
              updateAuthority: CREATOR,
              field: FEES,
              value: '30',
            }),
            parsed('updateTokenMetadataField', {
              metadata: MINT,
              updateAuthority: CREATOR,
              field: BUYER,
              value: '70',
            }),
            parsed('updateTokenMetadataField', {
              metadata: MINT,
              updateAuthority: CREATOR,
              field: 'genre',
              value: 'ambient',
            }),
            parsed('mintTo', { mint: MINT, account: ACCOUNT.seller, amount: '1', mintAuthority: SELLER }),
          ],
        },
      },
      meta: {
        ...{
          err: null,
          fee: 5000,
          preBalances: [],
          postBalances: [],
          logMessages: [],
          innerInstructions: [],
          preTokenBalances: [],
        },
        postTokenBalances: [
          { accountIndex: 2, mint: MINT, owner: SELLER, uiTokenAmount: { amount: '1', decimals: 0 } },
        ],
      },
    };
    const transaction = readTransactionResult(answer);
    const described = {
      ...{ contract: TOKEN_2022_PROGRAM, name: 'Wave', uri: 'https://wave', collection: group },
      ...{ creator: BUYER, royaltyBasisPoints: 450 },
    };
    expect(createSolanaDecoder(ALL).decode(transaction)?.events).toMatchObject([
      { kind: 'mint', to: SELLER, nft: described },
    ]);
  });
});

describe('marketplaces', () => {
  const M2 = 'M2mx93ekt1fmXSVkTrUL9xVFHkmME8HTUi5Cyc5aF7K';
  const MMM = 'mmm3XBJg5gk8XJxEKBvdgptZz6SgK4tXvn36sodowMc';
  const TCOMP = 'TCMPhJdwDryooaGtiocG1u3xcYbRpiJzb283XfCZsDp';
  const TSWAP = 'TSWAPaqyCSx2KABk68Shruf4rp7CxcNi8hAsbdwmHbN';
  const HOUSE = 'hausS13jsjafwWwGqZTUQRmWyvyxn9EQpqMwV1PBBmk';

  test('a purchase with fee and royalty on top of the price: the price is the listed one, the parts stand beside it', () => {
    const sale = call(
      M2,
      [BUYER, BUYER, SELLER, FEES],
      [...global('mip1_execute_sale_v2'), ...u64(1_000n), 0, 0, 0, 0],
      [
        pay(BUYER, CREATOR, 50n),
        pay(BUYER, 'rFqFJ9g7TGBD8Ed7TPDnvGKZ5pWLPDyxLcvcH2eRCtt', 20n),
        pay(BUYER, SELLER, 1_000n),
        move(ACCOUNT.seller, ACCOUNT.buyer, SELLER),
      ],
      ['Program log: {"royalty":50,"price":1000,"seller_expiry":-1}'],
    );
    expect(events({ calls: [sale], keys: [BUYER], ...moved('seller', 'buyer') })).toMatchObject([
      {
        ...{
          kind: 'sale',
          marketplace: 'magic-eden',
          from: SELLER,
          to: BUYER,
          asset: { kind: 'nft', address: MINT },
        },
        ...{
          price: { amount: 1_000n, currency: 'SOL', decimals: 9 },
          fees: { marketplace: 20n, royalty: 50n },
        },
      },
    ]);
  });

  test('a bid accepted by the seller has the right buyer, though the seller signs, and the pool is no party', () => {
    const pool = vault('pool');
    const sale = call(
      MMM,
      [SELLER, BUYER, FEES, FEES, pool],
      [...global('sol_fulfill_buy'), ...u64(1n), ...u64(900n)],
      [pay(pool, CREATOR, 40n), pay(pool, SELLER, 960n), move(ACCOUNT.seller, ACCOUNT.escrow, SELLER)],
      ['Program log: {"lp_fee":0,"royalty_paid":40,"total_price":1000}'],
    );
    expect(events({ calls: [sale], keys: [SELLER], ...moved('seller', 'escrow') })).toMatchObject([
      {
        kind: 'sale',
        marketplace: 'magic-eden',
        from: SELLER,
        to: BUYER,
        price: { amount: 1_000n },
        fees: { royalty: 40n },
      },
    ]);
  });

  test('a compressed NFT is listed into the marketplace, and sold out of it at the price that its own call states', () => {
    const id = leafId(TREE, 3n);
    const state = vault('list state');
    const noop = (event: readonly number[]) => call(TCOMP, [state], [...global('tcomp_noop'), ...event], []);
    const taker = [1, ...key(BUYER), 0, 0, ...key(id), 0, 0, ...u64(500n), ...u32(1)];
    const listed = call(
      TCOMP,
      [TREE, SELLER],
      [...global('list'), ...new Array(108).fill(0), ...u64(500n)],
      [compressedTransfer(TREE, SELLER, state, 3n)],
    );
    expect(events({ calls: [listed], keys: [SELLER] })).toMatchObject([
      {
        kind: 'list',
        marketplace: 'tensor',
        asset: { address: id },
        from: SELLER,
        price: { amount: 500n, currency: 'SOL' },
      },
    ]);
    for (const fees of [
      [9n, 1n, 25n],
      [9n, 1n, 0n, 25n],
    ]) {
      const event = [...taker, ...fees.flatMap((fee) => u64(fee)), 0, 1, ...key(id)];
      const bought = call(TCOMP, [FEES, TREE], global('buy'), [
        ...[
          compressedTransfer(TREE, state, BUYER, 3n),
          noop(event),
          pay(BUYER, FEES, 10n),
          pay(BUYER, CREATOR, 25n),
          pay(BUYER, SELLER, 500n),
        ],
      ]);
      expect(events({ calls: [bought], keys: [BUYER] })).toMatchObject([
        {
          kind: 'sale',
          asset: { address: id },
          from: SELLER,
          to: BUYER,
          price: { amount: 500n },
          fees: { marketplace: 10n, royalty: 25n },
        },
      ]);
    }
  });

  test('a change of price is one and nothing else', () => {
    const edit = call(
      TSWAP,
      [ESCROW, MINT, SELLER, SYSTEM_PROGRAM],
      [...global('edit_single_listing'), ...u64(77n)],
      [],
    );
    const [event] = events({ calls: [edit], keys: [SELLER] });
    expect(event).toMatchObject({
      kind: 'list',
      repriceOnly: true,
      asset: { address: MINT },
      from: SELLER,
      price: { amount: 77n },
    });
  });

  test('a listing that leaves the NFT in its wallet, its end, and a bid on it that ends', () => {
    const held = {
      pre: [nftBalance(ACCOUNT.seller, MINT, SELLER)],
      post: [nftBalance(ACCOUNT.seller, MINT, SELLER)],
    };
    const house = '3o9d13qUvEuuauhFrVom1vuCzgNsJifeaBYDPquaT73Y';
    const sell = call(
      HOUSE,
      [SELLER, ACCOUNT.seller, MINT, SELLER, house],
      [...global('sell'), 1, 2, 3, ...u64(88n), ...u64(1n)],
      [],
    );
    const cancel = (who: string) =>
      call(
        HOUSE,
        [who, ACCOUNT.seller, MINT, SELLER, house],
        [...global('cancel'), ...u64(88n), ...u64(1n)],
        [],
      );
    expect(events({ calls: [sell], keys: [SELLER], ...held })).toMatchObject([
      {
        kind: 'list',
        marketplace: 'open-sea',
        from: SELLER,
        asset: { address: MINT },
        price: { amount: 88n },
      },
    ]);
    expect(events({ calls: [cancel(SELLER)], keys: [SELLER], ...held })).toMatchObject([
      { kind: 'delist', marketplace: 'open-sea', from: SELLER },
    ]);
    expect(events({ calls: [cancel(BUYER)], keys: [BUYER], ...held })).toEqual([]);
  });

  test('a bundle is one event per NFT, each with its own price', () => {
    const second = vault('second mint');
    const [from, to] = [vault('from 2'), vault('to 2')];
    const buy = (amount: bigint, transfer: Call): Call =>
      call(
        M2,
        [BUYER, SELLER],
        [...global('execute_sale'), 1, 2, ...u64(amount)],
        [pay(ESCROW, SELLER, amount), transfer],
      );
    const calls = [buy(100n, move(ACCOUNT.seller, ACCOUNT.buyer, SELLER)), buy(300n, move(from, to, SELLER))];
    const pre = [nftBalance(ACCOUNT.seller, MINT, SELLER), nftBalance(from, second, SELLER)];
    const post = [nftBalance(ACCOUNT.buyer, MINT, BUYER), nftBalance(to, second, BUYER)];
    expect(
      events({ calls, keys: [BUYER], pre, post }).map(({ kind, asset, price }) => [
        kind,
        asset.address,
        price?.amount,
      ]),
    ).toEqual([
      ['sale', MINT, 100n],
      ['sale', second, 300n],
    ]);
  });

  test('paid in a token: the currency is its mint', () => {
    const usdc = vault('usdc');
    const [purse, till] = [vault('buyer usdc'), vault('seller usdc')];
    const money = (account: string, owner: string, amount: bigint) => ({
      account,
      mint: usdc,
      owner,
      amount,
      decimals: 6,
    });
    const payment = call(TOKEN_PROGRAM, [purse, till, BUYER], [3, ...u64(2_500_000n)], []);
    const sale = call(TCOMP, [FEES], global('buy_legacy_spl'), [
      payment,
      move(ACCOUNT.escrow, ACCOUNT.buyer, ESCROW),
    ]);
    const pre = [
      nftBalance(ACCOUNT.escrow, MINT, ESCROW),
      money(purse, BUYER, 3_000_000n),
      money(till, SELLER, 0n),
    ];
    const post = [
      nftBalance(ACCOUNT.buyer, MINT, BUYER),
      money(purse, BUYER, 500_000n),
      money(till, SELLER, 2_500_000n),
    ];
    expect(events({ calls: [sale], keys: [BUYER], pre, post })).toMatchObject([
      { kind: 'sale', from: SELLER, to: BUYER, price: { amount: 2_500_000n, currency: usdc, decimals: 6 } },
    ]);
    const follow = { ...ALL, tokens: [{ symbol: 'USDC', mint: usdc, decimals: 6 }] };
    expect(events({ calls: [sale], keys: [BUYER], pre, post }, follow)).toMatchObject([
      {
        kind: 'sale',
        movements: [
          { owner: BUYER, delta: -2_500_000n },
          { owner: SELLER, delta: 2_500_000n },
        ],
      },
    ]);
  });

  test('promise 6: prices that another program states are not believed', () => {
    const event = emitted(
      Uint8Array.from([
        0x62,
        0xd0,
        0x78,
        0x3c,
        0x5d,
        0x20,
        0x13,
        0xb4,
        ...u64(9_999n),
        ...u64(0n),
        ...u64(0n),
        ...u64(0n),
      ]),
    );
    const liar = call(vault('liar'), [], [], [], [event]);
    const buy = call(TSWAP, [SELLER], global('buy_single_listing'), [
      pay(BUYER, SELLER, 10n),
      liar,
      move(ACCOUNT.escrow, ACCOUNT.buyer, ESCROW),
    ]);
    expect(events({ calls: [buy], keys: [BUYER], ...moved('escrow', 'buyer') })).toMatchObject([
      { kind: 'sale', price: { amount: 10n } },
    ]);
  });

  test('through an aggregator that calls the marketplace', () => {
    const sale = call(
      M2,
      [BUYER, SELLER],
      [...global('execute_sale'), 1, 2, ...u64(100n)],
      [pay(ESCROW, SELLER, 100n), move(ACCOUNT.seller, ACCOUNT.buyer, SELLER)],
    );
    const calls = [call(vault('aggregator'), [], [], [pay(BUYER, FEES, 3n), sale])];
    expect(events({ calls, keys: [BUYER], ...moved('seller', 'buyer') })).toMatchObject([
      { kind: 'sale', marketplace: 'magic-eden', price: { amount: 100n } },
    ]);
  });
});

describe('settlement on programs that no decoder knows', () => {
  const unknown = (calls: readonly Call[]) => call(vault('unknown market'), [BUYER, SELLER], [1], calls);
  const close = call(TOKEN_PROGRAM, [ACCOUNT.escrow, SELLER, ESCROW], [9], []);

  test.each<[string, Build]>([
    [
      'from wallet to wallet',
      {
        calls: [
          unknown([
            pay(BUYER, FEES, 5n),
            pay(BUYER, SELLER, 95n),
            move(ACCOUNT.seller, ACCOUNT.buyer, SELLER),
          ]),
        ],
        ...moved('seller', 'buyer'),
      },
    ],
    [
      'out of an escrow whose rent goes back to the seller',
      {
        calls: [unknown([pay(BUYER, SELLER, 100n), move(ACCOUNT.escrow, ACCOUNT.buyer, ESCROW), close])],
        ...moved('escrow', 'buyer'),
      },
    ],
    [
      'out of an escrow, with a fee',
      {
        calls: [
          unknown([
            pay(BUYER, FEES, 5n),
            pay(BUYER, SELLER, 95n),
            move(ACCOUNT.escrow, ACCOUNT.buyer, ESCROW),
          ]),
        ],
        ...moved('escrow', 'buyer'),
      },
    ],
  ])('%s: a sale, marked as inferred', (_, build) => {
    const found = events({ ...build, keys: [BUYER] });
    expect(found).toMatchObject([
      {
        kind: 'sale',
        from: SELLER,
        to: BUYER,
        price: { amount: 100n, currency: 'SOL' },
        details: { inferred: true },
      },
    ]);
    expect(found[0]?.marketplace).toBeUndefined();
  });

  test.each<[string, Build]>([
    [
      'a loan: the NFT goes into a vault, money comes out of one',
      {
        calls: [unknown([pay(vault('pool'), SELLER, 100n), move(ACCOUNT.seller, ACCOUNT.escrow, SELLER)])],
        ...moved('seller', 'escrow'),
      },
    ],
    [
      'an unstaking with a fee',
      {
        calls: [unknown([pay(BUYER, FEES, 5n), move(ACCOUNT.escrow, ACCOUNT.buyer, ESCROW)])],
        ...moved('escrow', 'buyer'),
      },
    ],
    [
      'a gift',
      { calls: [unknown([move(ACCOUNT.seller, ACCOUNT.buyer, SELLER)])], ...moved('seller', 'buyer') },
    ],
    [
      'rent for an account only',
      {
        calls: [
          unknown([pay(SELLER, ACCOUNT.buyer, 2_039_280n), move(ACCOUNT.seller, ACCOUNT.buyer, SELLER)]),
        ],
        ...moved('seller', 'buyer'),
      },
    ],
    [
      'money and NFT by separate instructions',
      {
        calls: [pay(BUYER, SELLER, 100n), move(ACCOUNT.seller, ACCOUNT.buyer, SELLER)],
        ...moved('seller', 'buyer'),
      },
    ],
  ])('%s is no sale', (_, build) => {
    expect(events({ ...build, keys: [SELLER] }).map(({ kind }) => kind)).toEqual(['transfer']);
  });

  test('a failed purchase gives nothing that counts', () => {
    const calls = [unknown([pay(BUYER, SELLER, 100n), move(ACCOUNT.seller, ACCOUNT.buyer, SELLER)])];
    const build = { calls, ...moved('seller', 'buyer'), error: { InstructionError: [0, 'x'] } };
    const mints = { ...ALL, nfts: { ...ALL.nfts, mints: [MINT] } };
    expect(createSolanaDecoder(mints).decode(buildTransaction(build))?.events).toMatchObject([
      { kind: 'transfer', outcome: 'failed' },
    ]);
  });
});

describe('the contract of every decoder', () => {
  const sale: Build = {
    calls: [
      call(
        vault('unknown market'),
        [BUYER],
        [1],
        [pay(BUYER, FEES, 5n), pay(BUYER, SELLER, 95n), move(ACCOUNT.seller, ACCOUNT.buyer, SELLER)],
      ),
    ],
    ...moved('seller', 'buyer'),
    keys: [BUYER],
  };

  test('every event records a decoder and version of the fingerprint', () => {
    const decoder = createSolanaDecoder(ALL);
    const builds: Build[] = [
      sale,
      { calls: [compressedBurn(TREE, SELLER, 7n)] },
      { calls: [coreBurn(vault('asset'), SELLER)] },
    ];
    for (const build of builds)
      for (const { decoder: name, decoderVersion } of decoder.decode(buildTransaction(build))?.events ?? [])
        expect(decoder.parts).toContainEqual({ name, version: decoderVersion });
  });

  test('promise 8: a decoder that breaks is counted and told, and takes no other decoder along', () => {
    const told: string[] = [];
    const broken = () => ({
      ...{ name: 'broken', version: 1, keys: () => [] },
      decode: () => {
        throw new Error('out of luck');
      },
    });
    const decoder = createSolanaDecoder(ALL, {
      observe: (name, outcome) => void told.push(`${name} ${outcome}`),
      programDecoders: [broken, createMarketplaceDecoder, createSettlementDecoder],
    });
    const decoded = decoder.decode(buildTransaction(sale));
    expect(decoded?.events).toMatchObject([{ kind: 'sale', decoder: 'settlement' }]);
    expect(decoded?.problems).toEqual([{ code: 'undecodable', message: 'broken: out of luck' }]);
    expect(told).toEqual(['broken error', 'settlement hit']);
  });

  test('decoding the data of an instruction costs most: what programs say that no decoder reads stays as it is', () => {
    const built = buildTransaction({
      ...sale,
      calls: [
        ...sale.calls,
        call(vault('foreign'), [], [9], []),
        call(TOKEN_METADATA_PROGRAM, [], [255], []),
        call(TOKEN_2022_PROGRAM, [], [255], []),
        call('M2mx93ekt1fmXSVkTrUL9xVFHkmME8HTUi5Cyc5aF7K', [], global('deposit'), []),
      ],
    });
    const read = new Set<string>();
    const instructions = built.instructions.map(({ data, ...rest }) => ({
      ...rest,
      get data() {
        read.add(rest.programId);
        return data;
      },
    }));
    expect(createSolanaDecoder(ALL).decode({ ...built, instructions })?.events).toMatchObject([
      { kind: 'sale' },
    ]);
    expect([...read]).toContain(TOKEN_METADATA_PROGRAM);
    expect([vault('foreign'), vault('unknown market')].filter((program) => read.has(program))).toEqual([]);
  });

  test('a marketplace whose transaction gives nothing counts as a miss', () => {
    const told: string[] = [];
    const decoder = createSolanaDecoder(ALL, {
      observe: (name, outcome) => void told.push(`${name} ${outcome}`),
    });
    decoder.decode(
      buildTransaction({
        calls: [call('M2mx93ekt1fmXSVkTrUL9xVFHkmME8HTUi5Cyc5aF7K', [BUYER], global('deposit'), [])],
      }),
    );
    expect(told).toEqual(['marketplaces miss']);
  });
});
