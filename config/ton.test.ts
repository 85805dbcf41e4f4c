import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { friendlyTonAddress } from '../src/events/ton-address.js';
import { loadNetwork } from './networks.js';

const folder = mkdtempSync(join(tmpdir(), 'ndx-ton-network-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const MASTER = '0:e2c291f022d6c67f52ca66388c7d1888b068c22516361eddff0a00abffbcfdd4';
const POOL = '0:80328e3e45ef057de37cb3d5d21305f562a05f3533e8dbb6f6cddd5071cae83f';

function load(ton: unknown) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'test.json');
  writeFileSync(file, JSON.stringify({ network: 'test', ton }));
  return loadNetwork(file, folder);
}

describe('the ton section of a network file', () => {
  test('takes addresses in every form and ops as numbers or hex', () => {
    const { ton } = load({
      endpoints: [{ kind: 'v4', url: 'https://v4.example' }],
      startBlock: 1,
      follow: {
        jettons: [{ symbol: 'NDT', master: friendlyTonAddress(MASTER), decimals: 9 }],
        staking: [
          {
            name: 'pool',
            address: POOL.toUpperCase(),
            jetton: 'NDT',
            messages: {
              stake: { via: 'jetton', op: '0x6E647801', fields: [{ name: 'lockSeconds', type: 'uint:32' }] },
              claim: { via: 'direct', op: 5 },
            },
          },
        ],
      },
    });
    expect(ton?.follow.jettons[0]?.master).toBe(MASTER);
    expect(ton?.follow.staking[0]?.messages.stake?.op).toBe(0x6e647801);
    expect(ton?.follow.staking[0]?.messages.claim).toEqual({ via: 'direct', op: 5, fields: [] });
    expect(ton).toMatchObject({ commitment: 'final', startBlock: 1, follow: { all: false, items: [] } });
  });

  test.each([
    [
      'an endpoint of an unknown kind',
      { endpoints: [{ kind: 'v5', url: 'https://a.example' }] },
      'ton.endpoints[0].kind',
    ],
    [
      'an address that is none',
      { follow: { collections: ['EQnonsense'] } },
      'ton.follow.collections[0]: must be a TON address',
    ],
    [
      'a field type that is none',
      {
        follow: {
          staking: [
            {
              name: 'p',
              address: POOL,
              jetton: 'NDT',
              messages: { stake: { via: 'jetton', fields: [{ name: 'a', type: 'uint:300' }] } },
            },
          ],
        },
      },
      'uint:BITS',
    ],
    ['a commitment that TON does not have', { commitment: 'confirmed' }, 'ton.commitment'],
    [
      'a staking contract whose jetton is not followed',
      { follow: { staking: [{ name: 'p', address: POOL, jetton: 'X', messages: {} }] } },
      'ton.follow.staking[0].jetton: no jetton with the symbol X',
    ],
    [
      'a pool of liquid staking whose jetton is not followed',
      { follow: { liquidStaking: [{ name: 'k', kind: 'tonstakers', pool: POOL, jetton: 'X' }] } },
      'ton.follow.liquidStaking[0].jetton: no jetton with the symbol X',
    ],
    [
      'a pool of a kind that nobody reads',
      { follow: { liquidStaking: [{ name: 'k', kind: 'other', pool: POOL, jetton: 'X' }] } },
      'ton.follow.liquidStaking[0].kind',
    ],
    [
      'a pool of bemo that is not its jetton’s master',
      {
        follow: {
          jettons: [{ symbol: 'NDT', master: MASTER, decimals: 9 }],
          liquidStaking: [{ name: 'b', kind: 'bemo', pool: POOL, jetton: 'NDT' }],
        },
      },
      'ton.follow.liquidStaking[0].pool',
    ],
    [
      'a platform token that is not among the jettons',
      { follow: { jettons: [{ symbol: 'USD', master: MASTER, decimals: 6 }] } },
      'platformToken: no jetton with the symbol NDT',
    ],
    [
      'a jetton twice',
      {
        follow: {
          jettons: [
            { symbol: 'NDT', master: MASTER, decimals: 9 },
            { symbol: 'B', master: MASTER, decimals: 9 },
          ],
        },
      },
      'ton.follow.jettons[1].master: the same as',
    ],
    ['an unknown key', { follow: { jetton: [] } }, 'Unrecognized key'],
  ])('refuses %s, naming the place', (_what, ton, said) => {
    expect(() => load(ton)).toThrow(said);
  });
});
