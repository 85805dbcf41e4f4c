import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { NdxError } from '../src/runtime/errors.js';
import { loadNetwork } from './networks.js';

const MINT = 'So11111111111111111111111111111111111111112';
const PROGRAM = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';
const folder = mkdtempSync(join(tmpdir(), 'ndx-networks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const IDL = {
  address: PROGRAM,
  metadata: { name: 'ndt', version: '0.1.0', spec: '0.1.0' },
  instructions: [
    {
      name: 'stake',
      discriminator: [1, 2, 3, 4, 5, 6, 7, 8],
      accounts: [
        { name: 'authority', signer: true },
        { name: 'vaults', accounts: [{ name: 'vault' }] },
      ],
      args: [],
    },
  ],
  events: [
    { name: 'TransferEvent', discriminator: [8, 7, 6, 5, 4, 3, 2, 1] },
    { name: 'OddEvent', discriminator: [8, 7, 6, 5, 4, 3, 2, 2] },
  ],
  types: [
    {
      name: 'TransferEvent',
      type: {
        kind: 'struct',
        fields: [
          { name: 'from', type: 'pubkey' },
          { name: 'to', type: 'pubkey' },
          { name: 'amount', type: 'u64' },
          { name: 'listed', type: 'bool' },
        ],
      },
    },
    {
      name: 'OddEvent',
      type: { kind: 'struct', fields: [{ name: 'level', type: { defined: { name: 'Level' } } }] },
    },
    { name: 'Level', type: { kind: 'enum', variants: [] } },
  ],
};

const TRANSFER = {
  kind: 'transfer',
  asset: { token: 'NDT' },
  from: { ownerOf: 'from' },
  to: { ownerOf: 'to' },
  amount: { field: 'amount' },
};

/** Writes config/networks/test.json and config/idl/ndt.json as an operator would, and loads it by name. */
function load(
  change: { events?: unknown; program?: object; solana?: object; top?: object; idl?: unknown } = {},
) {
  mkdirSync(join(folder, 'networks'), { recursive: true });
  mkdirSync(join(folder, 'idl'), { recursive: true });
  writeFileSync(join(folder, 'idl', 'ndt.json'), JSON.stringify(change.idl ?? IDL));
  const program = {
    name: 'ndt',
    address: PROGRAM,
    idl: 'idl/ndt.json',
    events: change.events ?? { TransferEvent: TRANSFER },
    instructions: { stake: 'stake' },
    ...change.program,
  };
  const solana = {
    programs: [program],
    tokens: [{ symbol: 'NDT', mint: MINT, decimals: 9 }],
    ...change.solana,
  };
  writeFileSync(
    join(folder, 'networks', 'test.json'),
    JSON.stringify({ network: 'test', solana, ...change.top }),
  );
  return loadNetwork('test', join(folder, 'networks'));
}

function problem(change: Parameters<typeof load>[0]): string {
  try {
    load(change);
  } catch (error) {
    if (error instanceof NdxError && error.code === 'CONFIG_INVALID') return error.message;
    throw error;
  }
  throw new Error('the network file was accepted');
}

describe('network file', () => {
  test('becomes what the decoders follow, with defaults', () => {
    const network = load();
    expect(network).toMatchObject({ name: 'test', platformToken: { solana: 'NDT', ton: 'NDT' } });
    expect(network.solana).toMatchObject({ commitment: 'finalized', rpc: [] });
    expect(network.solana?.startBlock).toBeUndefined();
    const program = network.solana?.follow.programs[0];
    expect(program?.events).toEqual({ TransferEvent: [TRANSFER] });
    expect(program?.idl.instructions[0]?.accounts.map((account) => account.name)).toEqual([
      'authority',
      'vault',
    ]);
    expect(network.solana?.follow.nfts).toEqual({ mints: [], collections: [], creators: [], all: false });
  });

  test('takes several mappings of one event, and "ignore"', () => {
    const when = { field: 'listed', equals: true };
    const events = { TransferEvent: [{ ...TRANSFER, when }, TRANSFER], OddEvent: 'ignore' };
    const program = load({ events }).solana?.follow.programs[0];
    expect(program?.events.TransferEvent).toHaveLength(2);
    expect(program?.events.OddEvent).toBe('ignore');
  });

  test('is found by path too, and a missing one lists what there is', () => {
    load();
    expect(loadNetwork(join(folder, 'networks', 'test.json'), '/nowhere').name).toBe('test');
    expect(() => loadNetwork('mainnet', join(folder, 'networks'))).toThrow(
      /no network file .*mainnet\.json.*names .*\btest\b/,
    );
  });

  const event = (change: object) => ({ events: { TransferEvent: { ...TRANSFER, ...change } } });
  test.each([
    ['an unknown key', { solana: { comitment: 'finalized' } }, 'solana: Unrecognized key: "comitment"'],
    ['an unknown commitment', { solana: { commitment: 'processed' } }, 'solana.commitment: '],
    [
      'a bad address',
      { program: { address: 'abc' } },
      'solana.programs[0].address: must be a base58 address of 32 bytes',
    ],
    [
      'a bad mint',
      { solana: { tokens: [{ symbol: 'NDT', mint: '0x12', decimals: 9 }] } },
      'solana.tokens[0].mint: must be a base58',
    ],
    [
      'a bad endpoint',
      { solana: { rpc: [{ url: 'ftp://x' }] } },
      'solana.rpc[0].url: must be an http or https URL',
    ],
    ['a missing IDL', { program: { idl: 'idl/none.json' } }, 'solana.programs[0].idl: no such file'],
    ['an old IDL', { idl: { name: 'ndt', version: '0.1.0', instructions: [] } }, 'anchor idl convert'],
    [
      'a bad IDL',
      { idl: { ...IDL, events: [{ name: 'TransferEvent', discriminator: [1] }] } },
      'events.0.discriminator: must be 8 bytes',
    ],
    [
      'an event that the IDL lacks',
      { events: { SwapEvent: 'ignore' } },
      'solana.programs[0].events.SwapEvent: the IDL has no such event',
    ],
    [
      'an event of unreadable types',
      { events: { OddEvent: { kind: 'mint', asset: { token: 'NDT' } } } },
      'events.OddEvent: the IDL does not describe',
    ],
    [
      'an instruction that the IDL lacks',
      { program: { instructions: { swap: 'sale' } } },
      'solana.programs[0].instructions.swap: ',
    ],
    [
      'an unknown kind',
      event({ kind: 'swap' }),
      'solana.programs[0].events.TransferEvent.kind: must be one of',
    ],
    [
      'an unknown field',
      event({ from: { ownerOf: 'sender' } }),
      'solana.programs[0].events.TransferEvent.from.ownerOf: the event has no field sender',
    ],
    [
      'a field of the wrong type',
      event({ amount: { field: 'from' } }),
      'TransferEvent.amount.field: from is a pubkey, not an integer',
    ],
    [
      'an owner of a number',
      event({ from: { ownerOf: 'amount' } }),
      'TransferEvent.from.ownerOf: amount is a u64, not an address',
    ],
    [
      'an unknown account',
      event({ from: { account: 'payer' } }),
      'TransferEvent.from.account: no instruction of the IDL has an account payer',
    ],
    [
      'two sources at once',
      event({ from: { field: 'from', account: 'vault' } }),
      'TransferEvent.from: must have exactly one of the keys',
    ],
    ['no source', event({ to: {} }), 'TransferEvent.to: must have exactly one of the keys'],
    [
      'an unknown token',
      event({ asset: { token: 'XYZ' } }),
      'TransferEvent.asset.token: no token with the symbol XYZ',
    ],
    [
      'an unknown currency',
      event({ price: { amount: { field: 'amount' }, currency: 'EUR' } }),
      'TransferEvent.price.currency: must be',
    ],
    [
      'an impossible condition',
      event({ when: { field: 'listed', equals: 'yes' } }),
      'TransferEvent.when.equals: "yes" can never equal a bool',
    ],
    [
      'an unknown key in a mapping',
      event({ form: { field: 'from' } }),
      'solana.programs[0].events.TransferEvent: Unrecognized key: "form"',
    ],
    [
      'a word for a mapping',
      { events: { TransferEvent: 'transfer' } },
      'events.TransferEvent: must be a mapping, a list of mappings, or "ignore"',
    ],
    [
      'a platform token nobody follows',
      { top: { platformToken: 'ABC' } },
      'platformToken: no token with the symbol ABC',
    ],
    [
      "a platform token of one chain that is another's",
      { top: { platformToken: { solana: 'NOT', ton: 'NDT' } } },
      'platformToken: no token with the symbol NOT in solana.tokens',
    ],
    [
      'a platform token of a chain that there is not',
      { top: { platformToken: { bitcoin: 'NDT' } } },
      'platformToken',
    ],
    [
      'a token named twice',
      { solana: { tokens: [1, 2].map(() => ({ symbol: 'NDT', mint: MINT, decimals: 9 })) } },
      'solana.tokens[1].mint: the same as solana.tokens[0].mint',
    ],
  ])('refuses %s and names the place', (_what, change, text) => {
    expect(problem(change)).toContain(text);
  });

  test('names the mapping by its number where there are several', () => {
    expect(problem({ events: { TransferEvent: [TRANSFER, { ...TRANSFER, kind: 'swap' }] } })).toContain(
      'events.TransferEvent[1].kind',
    );
    expect(problem({ events: { TransferEvent: [TRANSFER, { ...TRANSFER, to: { field: 'x' } }] } })).toContain(
      'events.TransferEvent[1].to.field',
    );
  });

  test('says that a file is not JSON', () => {
    writeFileSync(join(folder, 'networks', 'broken.json'), '{');
    expect(() => loadNetwork('broken', join(folder, 'networks'))).toThrow(
      /cannot read the network file .*broken\.json/,
    );
  });
});

describe('network files of the project', () => {
  const own = new URL('networks/', import.meta.url).pathname;
  test.each(readdirSync(own).filter((name) => name.endsWith('.json')))('%s is valid', (name) => {
    expect(loadNetwork(join(own, name), own).name).toBe(name.replace('.json', ''));
  });
});
