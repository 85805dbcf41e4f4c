/**
 * Cases on which the program was wrong (trial/README.md beside the captures): what is right by the chain's
 * own balances, or by the contract's own code. They are not part of the project: MAINNET_FIXTURES names the
 * folder of all captures.
 */
import { createReadStream, existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadNetwork } from '../../config/networks.js';
import type { ChainEvent, DecodedTransaction } from '../../src/events/event.js';
import { CHAIN_PARTS } from '../../src/process/chains/table.js';

const folder = join(
  process.env.MAINNET_FIXTURES ?? join(import.meta.dirname, '../../../shared/fixtures'),
  'trial',
);
const present = existsSync(folder);
if (!present && process.env.MAINNET_FIXTURES) throw new Error(`MAINNET_FIXTURES has no folder ${folder}`);
if (!present) process.stderr.write(`no trial cases in ${folder}: set MAINNET_FIXTURES to run these tests\n`);

const NOTHING = join(import.meta.dirname, '../../config/networks/devnet.json');

interface Decoded {
  readonly events: readonly ChainEvent[];
  readonly notes: readonly string[];
  readonly unread: number;
}

/**
 * As `ndx decode` reads it: `--followed` where the case has a network file, else `--all`; TON with
 * `--assume-verified`.
 */
async function decode(name: string, file = 'input.json', config?: string): Promise<Decoded> {
  const chain = name.startsWith('ton-') ? 'ton' : 'solana';
  const path = join(folder, name, file);
  const own = join(folder, name, 'net.json');
  const network = config ?? (existsSync(own) ? own : undefined);
  const decoded: DecodedTransaction[] = [];
  const notes: string[] = [];
  const again = () => createReadStream(path);
  const unread = await CHAIN_PARTS[chain].decodeRecorded(again(), loadNetwork(network ?? NOTHING, folder), {
    all: network === undefined,
    why: false,
    again,
    ...(chain === 'ton' && { assumeVerified: true as const }),
    event: (transaction) => void decoded.push(transaction),
    note: (text) => void notes.push(text),
  });
  const problems = decoded.flatMap((transaction) => transaction.problems ?? []);
  return {
    events: decoded.flatMap(({ events }) => events),
    notes: [...notes, ...problems.map(({ code, message }) => `${code}: ${message}`)],
    unread,
  };
}

const sol = (amount: bigint) => ({ amount, currency: 'SOL', decimals: 9 });
const ton = (amount: bigint) => ({ amount, currency: 'TON', decimals: 9 });

describe.skipIf(!present)('sales on Solana', () => {
  const sales: readonly (readonly [name: string, sale: Partial<ChainEvent>])[] = [
    [
      'sol-auction-house-token-fee',
      {
        from: '7GLfUpbAgwk8RM7CL5nHWMBrCgxXvaP8SpZXPvWyrxCg',
        to: 'H2Kj8NvbNiEi7ccSXGJ85PRCbyNLp3gcNrxZe7EtkacN',
        price: {
          amount: 1_000_000n,
          currency: 'Gh9ZwEmdLJ8DscKNTkTqPbNwLNNBjuSzaG9Vp2KGtKJr',
          decimals: 6,
        },
        fees: { marketplace: 50_000n, royalty: 0n },
      },
    ],
    [
      'sol-solsea-token-out-of-escrow',
      {
        from: '2g8jFGFppZ1BgRYA7Wd7jFno917JYbSa3No5tkteJTtw',
        to: 'BgC65qGbmqpzjuND83VkUGPBpUpy8EkcC7EoLgkKH1ua',
        price: sol(790_000_000n),
        marketplace: 'solsea',
      },
    ],
    // Account 7 of the instruction sold; the program's account that bought handed the NFT on to its own user.
    [
      'sol-tensor-buy-single-listing',
      {
        from: '3e2A1hrt33rBfzRupkeECYSPUPL44A3wLXtF6dSoEhnn',
        to: '3e2A1hrt33rBfzRupkeECYSPUPL44A3wLXtF6dSoEhnn',
        price: sol(30_000_000n),
        marketplace: 'tensor',
      },
    ],
    [
      'sol-alpha-art-accept-offer',
      {
        from: 'EcKnkgBY2SfmGtr78tVed2iKWZMtCZNZAVNLfQfmBBE3',
        to: '2epFjEX9jUDPS7gBjn7f6xm5UbxnAzt45zJqd8rUkM5y',
        price: sol(1_350_000_000n),
        marketplace: 'alpha-art',
      },
    ],
    [
      'sol-exchange-art-auction-redeem',
      {
        from: '7UeLNMaLmKNtNxUXAFCJPoaibXRV39qYHmmPDjrt8nt8',
        to: '6VrGJHzYnWwiMmkuqFejbA6A2evimde31AFRnATLMYQa',
        price: sol(385_012_234_160n),
        fees: { marketplace: 9_625_250_000n, royalty: 0n },
        marketplace: 'exchange-art',
      },
    ],
    [
      'sol-wsol-temp-account',
      {
        from: '3j3JFZumxLySATshPWun3xeJfaeSQqB6Nd4SFpUpXsNs',
        to: 'HG7NsdZTwNFY2ypJzWbcbS2zBtjLQ2VkSFj1MYCT7o1i',
        price: sol(217_000_000_000n),
        fees: { marketplace: 13_019_999_999n, royalty: 0n },
      },
    ],
    [
      'crafted-os2-buy-core',
      {
        from: '7FR9d1cdWmPuLapFqkQyLCzycZJEKAbZRazxdBZtmmdi',
        to: '8cmtQX9MRVobU9ZgybJrheM7Zz968fYtzXT9X9e6JZim',
        price: sol(1_500_000_000n),
        fees: { marketplace: 15_000_000n, royalty: 75_000_000n },
        marketplace: 'open-sea',
      },
    ],
    [
      'crafted-orbis-buy-core-delegate',
      {
        from: '7FR9d1cdWmPuLapFqkQyLCzycZJEKAbZRazxdBZtmmdi',
        to: '8cmtQX9MRVobU9ZgybJrheM7Zz968fYtzXT9X9e6JZim',
        price: sol(1_000_000_000n),
        marketplace: 'orbis',
      },
    ],
    [
      'crafted-mmm-core-sell-into-pool',
      {
        from: '7FR9d1cdWmPuLapFqkQyLCzycZJEKAbZRazxdBZtmmdi',
        to: 'CBddydCbowfXXpF3hP9mY4yjHgrAeNgMJHFa8BrV3TUe',
        price: sol(203_000_000n),
        fees: { marketplace: 3_000_000n, royalty: 0n },
        marketplace: 'magic-eden',
      },
    ],
  ];
  test.each(sales)('%s', async (name, sale) => {
    const { events, notes } = await decode(name);
    expect(notes).toEqual([]);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ kind: 'sale', outcome: 'ok', ...sale });
  });

  test.each([
    ['crafted-os2-list-core', { kind: 'list', price: sol(1_500_000_000n) }],
    ['crafted-os2-delist-core', { kind: 'delist' }],
  ])('%s', async (name, event) => {
    const from = '7FR9d1cdWmPuLapFqkQyLCzycZJEKAbZRazxdBZtmmdi';
    expect((await decode(name)).events).toMatchObject([{ ...event, from, marketplace: 'open-sea' }]);
  });
});

describe.skipIf(!present)('NFTs on Solana', () => {
  const ARTIST = 'C7XtWMtkZWeBeQMgisTdwyxAxfYkyMopaDWi8TWB6w2E';

  test('sol-print-edition-creator', async () => {
    const { events } = await decode('sol-print-edition-creator');
    expect(events).toMatchObject([
      {
        kind: 'mint',
        asset: { address: '8owizay4U9QTQrSj1AZpvShBdncxA8P8iuo9BmH3iCc9' },
        to: '9rB8hC4x9WGWtcRRC5Y8G28zQ7M5UAPufCuLWDGEgroU',
        nft: { creator: ARTIST },
      },
    ]);
  });

  test('sol-primary-sale-edition-mint', async () => {
    const { events } = await decode('sol-primary-sale-edition-mint');
    expect(events).toMatchObject([
      {
        kind: 'mint',
        from: ARTIST,
        to: '5ciZskbqstAtmD8PhZkrTcdru4ZGWJCr3sgRSwvCy24y',
        price: sol(10_000_000n),
      },
    ]);
  });

  test('sol-bot-tax-mint', async () => {
    expect((await decode('sol-bot-tax-mint')).events).toEqual([]);
  });

  test('sol-cnft-decompress', async () => {
    const { events } = await decode('sol-cnft-decompress');
    const asset = { kind: 'nft', address: 'Az9QTysJj1LW1F7zkYF21HgBj3FRpq3zpxTFdPnAJYm8' };
    expect(events).toMatchObject([{ kind: 'mint', decoder: 'bubblegum', asset }]);
  });

  test('sol-cnft-set-collection-v2-b', async () => {
    const collection = '7un2exbR66CmLX1LTnLeDFL83PtMmB5cBaRAH9A6vyMv';
    const asset = { kind: 'nft', address: '5fADezYRRBaiLcRrSMC5Wsqj4mpd4BJkJvjTTQBWaB5T' };
    expect((await decode('sol-cnft-set-collection-v2-a')).events).toEqual([]);
    expect((await decode('sol-cnft-set-collection-v2-b')).events).toMatchObject([
      { kind: 'update', asset, nft: { collection, name: 'My NFT' }, details: { joins: collection } },
    ]);
    expect((await decode('sol-cnft-set-collection-v2-c')).events).toMatchObject([{ kind: 'mint', asset }]);
  });

  test.each([
    ['sol-cnft-verified-later', 'input.json', ['mint', 'update', 'transfer']],
    ['sol-spl-verified-later', 'input.json', ['mint', 'update', 'transfer']],
    ['sol-spl-verified-later', 'baseline-same-tx.json', ['mint']],
  ])('%s: %s', async (name, file, kinds) => {
    const { events, notes } = await decode(name, file);
    expect(events.map(({ kind }) => kind)).toEqual(kinds);
    expect(new Set(events.map(({ asset }) => asset.address)).size).toBe(1);
    expect(notes).toEqual([]);
  });
});

describe.skipIf(!present)('TON', () => {
  test('ton-fragment-resale', async () => {
    const { events } = await decode('ton-fragment-resale');
    const seller = '0:b6fc50b1bdb8b0134463d852321cc8fb112edb22d1980c7fabf304c1c6ce92ef';
    const to = '0:a09683961f477b038d1b0d505eddcdd47857009ded8a5086c7adfb357043b816';
    expect(events).toMatchObject([
      { kind: 'list', from: seller },
      { kind: 'sale', from: seller, to, price: ton(4_500_000_000_000n), marketplace: 'fragment' },
    ]);
  });

  test('ton-fragment-bought-at-deploy', async () => {
    const to = '0:05494a16587a88f702b3a9c13c29641977eb4259042f58bd46abbb310da35be7';
    expect((await decode('ton-fragment-bought-at-deploy')).events).toMatchObject([
      { kind: 'mint', to, price: ton(10_000_000_000n), marketplace: 'fragment' },
    ]);
  });

  test('ton-jetton-tax-transfer', async () => {
    const { events } = await decode('ton-jetton-tax-transfer');
    expect(events).toMatchObject([
      { kind: 'transfer', amount: 500_000_000_000_000n, details: { withheldFee: '100000000000' } },
    ]);
    const deltas = [-500_000_000_000_000n, 499_900_000_000_000n];
    expect(events[0]?.movements?.map(({ delta }) => delta)).toEqual(deltas);
  });

  test('ton-jetton-mintless-first-send', async () => {
    const { events, notes } = await decode('ton-jetton-mintless-first-send');
    expect(events.map(({ kind }) => kind)).toEqual(['mint', 'transfer']);
    const sender = events[0]?.movements?.[0]?.account;
    const moved = events
      .flatMap(({ movements }) => movements ?? [])
      .filter(({ account }) => account === sender);
    expect(moved.reduce((sum, { delta }) => sum + delta, 0n)).toBe(0n);
    expect(notes.join()).toContain('claimed an airdrop whose proof cannot be read');
  });

  test('ton-jetton-sent-to-master', async () => {
    const { events } = await decode('ton-jetton-sent-to-master');
    const token = '0:d0e545323c7acb7102653c073377f7e3c67f122eb94d430a250739f109d4a57d';
    const from = '0:28e676ce93e7a0053e408eb9868efbf20b48f25dbba6f816b5ad60985f6b743a';
    expect(events).toMatchObject([
      { kind: 'burn', asset: { address: token }, from, movements: [{ owner: from, delta: -199_179_780n }] },
    ]);
  });

  test.each(['user', 'paid'])('ton-configured-claim-to-another: the payee is named %s', async (payee) => {
    const fields = [
      { name: 'query', type: 'uint:64' },
      { name: 'wallet', type: 'address' },
      { name: 'amount', type: 'coins' },
      { name: payee, type: 'address' },
    ];
    const address = '0:b6725d7a23d406ed2008a537236e5f607d084ea9efeebfca53bf3156b491c8cc';
    const master = '0:157c463688a4a91245218052c5580807792cf6347d9757e32f0ee88a179a6549';
    const follow = {
      jettons: [{ symbol: 'NDT', master, decimals: 9 }],
      staking: [
        {
          name: 'x',
          address,
          jetton: 'NDT',
          messages: { claim: { via: 'direct', op: '0xb30c7310', fields } },
        },
      ],
    };
    const config = join(mkdtempSync(join(tmpdir(), 'ndx-trial-')), 'net.json');
    writeFileSync(config, JSON.stringify({ network: 'trial', ton: { startBlock: 1, follow } }));
    const { events } = await decode('ton-configured-claim-to-another', 'input.json', config);
    const paidTo = ['0:712cb2b613edeafcac9e7b79b188e3d387ea21c415d6e4e4c0cfbffa6ab7031d'];
    expect(events).toMatchObject([
      {
        kind: 'claim',
        from: expect.stringMatching(/^0:3ea123/),
        amount: 3_998_849_373_083n,
        details: { paidTo },
      },
    ]);
  });

  test('ton-item-content-without-uri', async () => {
    const { events, unread } = await decode('ton-item-content-without-uri');
    expect(unread).toBe(0);
    expect(events.map(({ kind }) => kind)).toEqual(['transfer', 'mint']);
  });

  test('ton-jvault-unstake-failed', async () => {
    const { events, unread } = await decode('ton-jvault-unstake-failed');
    expect(unread).toBe(0);
    const from = '0:65b421152a62c54e6442a21046863932d38bc088726a8624867a2769ba42253e';
    expect(events).toMatchObject([{ kind: 'unstake', outcome: 'failed', from, details: { exitCode: 56 } }]);
  });

  test('ton-tonstakers-bill-payout', async () => {
    const { events } = await decode('ton-tonstakers-bill-payout');
    expect(events.map(({ kind, details }) => [kind, details?.paid])).toEqual([
      ['burn', '798178302119'],
      ['burn', '85961295'],
      ['burn', '2982933841'],
    ]);
  });
});

describe.skipIf(!present)('encodings', () => {
  test.each([
    ['cli-bom', 'input.json'],
    ['cli-bom', 'input-utf16.json'],
    ['cli-web3js-v0', 'input.json'],
    ['cli-web3js-v0', 'input-kit-strings.json'],
  ])('%s: %s', async (name, file) => {
    const { events, notes, unread } = await decode(name, file);
    expect({ kinds: events.map(({ kind }) => kind), notes, unread }).toEqual({
      kinds: ['transfer'],
      notes: [],
      unread: 0,
    });
  });
});
