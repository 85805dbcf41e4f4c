/**
 * The platform's users on a generated chain: transactions of every kind that the decoders read, as mainnet
 * would hold them. The same seed and number give the same transaction.
 */

import ndtIdl from '../../config/idl/ndt.json' with { type: 'json' };
import tracknftIdl from '../../config/idl/tracknft.json' with { type: 'json' };
import { decodeBase58 } from '../../src/events/base58.js';
import { addressOf, createRandom, type Random, signatureOf } from './keys.js';
import { type Call, rawTransaction, type TokenChange } from './raw-transaction.js';

export const NDT_PROGRAM = ndtIdl.address;
const TRACK_PROGRAM = tracknftIdl.address;
/** As config/networks/devnet.json follows it. */
export const NDT_MINT = 'GbuqYgheWpq46BBjW9KMxazmwv57rmrY7TkUDjfCeqR4';
const TOKEN_PROGRAM = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';
const SYSTEM_PROGRAM = '11111111111111111111111111111111';
const DECIMALS = 9;

export interface OurTransaction {
  readonly signature: string;
  readonly json: string;
}

export interface OurTraffic {
  /** The transactions of one block, in order. `time`: unix seconds. */
  block(slot: number, count: number, time: number): OurTransaction[];
}

export interface OurTrafficOptions {
  readonly seed: number;
  readonly wallets: number;
  /**
   * `ndt`: only transactions of the ndt program, which an address-scoped backfill finds by its address.
   * Default: every kind.
   */
  readonly only?: 'ndt';
}

type Kind =
  | 'transfer'
  | 'program-transfer'
  | 'stake'
  | 'unstake'
  | 'claim'
  | 'create'
  | 'buy'
  | 'toggle'
  | 'mint'
  | 'burn'
  | 'failed';

/** Of twenty transactions: the mix of a platform on an ordinary day. */
const MIX: readonly Kind[] = [
  ...many('transfer', 6),
  ...many('program-transfer', 3),
  ...many('stake', 2),
  'unstake',
  'claim',
  ...many('create', 2),
  'buy',
  'toggle',
  'mint',
  'burn',
  'failed',
];
const NDT_MIX: readonly Kind[] = ['program-transfer', 'program-transfer', 'stake', 'unstake', 'claim'];

function many(kind: Kind, count: number): Kind[] {
  return Array.from({ length: count }, () => kind);
}

interface Wallet {
  readonly address: string;
  readonly account: string;
}

export function createOurTraffic(options: OurTrafficOptions): OurTraffic {
  const mix = options.only === 'ndt' ? NDT_MIX : MIX;
  const wallets = new Map<number, Wallet>();
  const vault: Wallet = { address: addressOf('vault-authority'), account: addressOf('vault') };
  const fees: Wallet = { address: addressOf('fees-authority'), account: addressOf('fees') };
  const platform = addressOf('platform');

  const wallet = (number: number): Wallet => {
    const known = wallets.get(number);
    if (known) return known;
    const made = {
      address: addressOf(`wallet/${options.seed}/${number}`),
      account: addressOf(`account/${options.seed}/${number}`),
    };
    wallets.set(number, made);
    return made;
  };
  const track = (number: number): string => addressOf(`track/${options.seed}/${number}`);

  function one(slot: number, at: number, count: number, time: number): OurTransaction {
    const number = slot * count + at;
    const random = createRandom(options.seed * 7_919 + number);
    const kind = mix[number % mix.length] ?? 'transfer';
    const [user, other] = [wallet(random.below(options.wallets)), wallet(random.below(options.wallets))];
    const parts = build(kind, user, other, number, random, BigInt(time));
    const signature = signatureOf(`${options.seed}/${number}`);
    const json = rawTransaction({
      signature,
      payer: user.address,
      blockhash: addressOf(`recent/${slot}`),
      failed: kind === 'failed',
      ...parts,
    });
    return { signature, json };
  }

  /** Amounts are never equal, so that no claim is ambiguous. */
  function build(kind: Kind, user: Wallet, other: Wallet, number: number, random: Random, time: bigint) {
    const amount = BigInt(random.below(1_000_000) + 1) * 1_000n + BigInt(number % 1_000);
    switch (kind) {
      case 'transfer':
        return {
          calls: [transferChecked(user, other, amount)],
          tokens: moved([user, -amount], [other, amount]),
        };
      case 'failed':
      case 'program-transfer': {
        const burned = amount / 50n + 1n;
        const event = encodeEvent(ndtIdl, 'TransferEvent', [
          key(user.account),
          key(other.account),
          u64(amount),
          u64(burned),
          u64(time),
        ]);
        const calls = [tokenTransfer(user, other, amount), burn(user, burned)];
        return {
          calls: [
            ndtCall(
              'transfer',
              [user.address, NDT_MINT, user.account, other.account, TOKEN_PROGRAM],
              u64(amount),
              event,
              calls,
            ),
          ],
          tokens: moved([user, -amount - burned], [other, amount]),
        };
      }
      case 'stake': {
        const event = encodeEvent(ndtIdl, 'StakeEvent', [
          key(user.account),
          u64(amount),
          u64(2_592_000n),
          u64(12n),
          u64(time),
        ]);
        const accounts = [
          user.address,
          user.account,
          addressOf(`position/${user.account}`),
          vault.account,
          TOKEN_PROGRAM,
        ];
        return {
          calls: [
            ndtCall('stake', accounts, concat(u64(amount), u64(2_592_000n)), event, [
              tokenTransfer(user, vault, amount),
            ]),
          ],
          tokens: moved([user, -amount], [vault, amount]),
        };
      }
      case 'unstake': {
        const event = encodeEvent(ndtIdl, 'UnstakeEvent', [key(user.account), u64(amount), u64(time)]);
        const accounts = [
          user.address,
          user.account,
          addressOf(`position/${user.account}`),
          NDT_MINT,
          vault.address,
          vault.account,
          TOKEN_PROGRAM,
        ];
        return {
          calls: [ndtCall('unstake', accounts, u64(amount), event, [tokenTransfer(vault, user, amount)])],
          tokens: moved([vault, -amount], [user, amount]),
        };
      }
      case 'claim': {
        const event = encodeEvent(ndtIdl, 'ClaimRewardsEvent', [key(user.account), u64(amount), u64(time)]);
        const accounts = [
          user.address,
          platform,
          user.account,
          addressOf(`position/${user.account}`),
          NDT_MINT,
          TOKEN_PROGRAM,
        ];
        return {
          calls: [
            ndtCall('claim_rewards', accounts, new Uint8Array(), event, [mintTo(platform, user, amount)]),
          ],
          tokens: moved([user, amount]),
        };
      }
      case 'create': {
        const fields = [
          key(track(number)),
          key(user.account),
          text(`Track ${number}`),
          u64(amount),
          Uint8Array.of(5),
          u64(time),
        ];
        const event = encodeEvent(tracknftIdl, 'TrackCreatedEvent', fields);
        const accounts = [user.address, track(number), user.account, SYSTEM_PROGRAM];
        return {
          calls: [trackCall('create_track', accounts, u64(BigInt(number)), event, [])],
          tokens: moved([user, 0n]),
        };
      }
      case 'buy': {
        const [royalty, fee] = [amount / 20n, amount / 40n];
        const bought = track(number - (number % mix.length) + 13 - mix.length * random.below(50));
        const fields = [
          key(bought),
          key(user.account),
          key(other.account),
          u64(amount),
          u64(royalty),
          u64(fee),
          u64(time),
        ];
        const event = encodeEvent(tracknftIdl, 'TrackPurchasedEvent', fields);
        const accounts = [
          user.address,
          bought,
          other.account,
          user.account,
          other.account,
          fees.account,
          TOKEN_PROGRAM,
        ];
        const calls = [tokenTransfer(user, other, amount - fee), tokenTransfer(user, fees, fee)];
        return {
          calls: [trackCall('buy_track', accounts, key(bought), event, calls)],
          tokens: moved([user, -amount], [other, amount - fee], [fees, fee]),
        };
      }
      case 'toggle': {
        const of = track(number - (number % mix.length) + 13 - mix.length * random.below(50));
        const event = encodeEvent(tracknftIdl, 'ListingToggledEvent', [
          key(of),
          Uint8Array.of(number & 32 ? 1 : 0),
          u64(time),
        ]);
        return { calls: [trackCall('toggle_listing', [user.address, of], new Uint8Array(), event, [])] };
      }
      case 'mint':
        return { calls: [mintTo(platform, user, amount)], tokens: moved([user, amount]) };
      case 'burn':
        return { calls: [burn(user, amount)], tokens: moved([user, -amount]) };
    }
  }

  return {
    block: (slot, count, time) => Array.from({ length: count }, (_, at) => one(slot, at, count, time)),
  };
}

/** Balances before and after; an account that appears twice is one. */
function moved(...changes: (readonly [Wallet, bigint])[]): TokenChange[] {
  const sums = new Map<string, { wallet: Wallet; delta: bigint }>();
  for (const [wallet, delta] of changes)
    sums.set(wallet.account, { wallet, delta: (sums.get(wallet.account)?.delta ?? 0n) + delta });
  return [...sums.values()].map(({ wallet, delta }) => {
    const before = 5_000_000_000_000n;
    return {
      account: wallet.account,
      owner: wallet.address,
      mint: NDT_MINT,
      decimals: DECIMALS,
      before,
      after: before + delta,
    };
  });
}

function tokenTransfer(from: Wallet, to: Wallet, amount: bigint): Call {
  return token([from.account, to.account, from.address], concat(Uint8Array.of(3), u64(amount)), 'Transfer');
}

function transferChecked(from: Wallet, to: Wallet, amount: bigint): Call {
  const data = concat(Uint8Array.of(12), u64(amount), Uint8Array.of(DECIMALS));
  return token([from.account, NDT_MINT, to.account, from.address], data, 'TransferChecked');
}

function mintTo(authority: string, to: Wallet, amount: bigint): Call {
  return token([NDT_MINT, to.account, authority], concat(Uint8Array.of(7), u64(amount)), 'MintTo');
}

function burn(from: Wallet, amount: bigint): Call {
  return token([from.account, NDT_MINT, from.address], concat(Uint8Array.of(8), u64(amount)), 'Burn');
}

function token(accounts: readonly string[], data: Uint8Array, name: string): Call {
  return { program: TOKEN_PROGRAM, accounts, data, logs: [`Program log: Instruction: ${name}`] };
}

interface Idl {
  readonly instructions: readonly { readonly name: string; readonly discriminator: readonly number[] }[];
  readonly events: readonly { readonly name: string; readonly discriminator: readonly number[] }[];
}

function ndtCall(
  name: string,
  accounts: readonly string[],
  args: Uint8Array,
  event: Uint8Array,
  calls: readonly Call[],
): Call {
  return anchorCall(ndtIdl, NDT_PROGRAM, name, accounts, args, event, calls);
}

function trackCall(
  name: string,
  accounts: readonly string[],
  args: Uint8Array,
  event: Uint8Array,
  calls: readonly Call[],
): Call {
  return anchorCall(tracknftIdl, TRACK_PROGRAM, name, accounts, args, event, calls);
}

function anchorCall(
  idl: Idl,
  program: string,
  name: string,
  accounts: readonly string[],
  args: Uint8Array,
  event: Uint8Array,
  calls: readonly Call[],
): Call {
  const discriminator = idl.instructions.find((item) => item.name === name)?.discriminator;
  if (!discriminator) throw new Error(`the IDL has no instruction ${name}`);
  const logs = [
    `Program log: Instruction: ${name}`,
    `Program data: ${Buffer.from(event).toString('base64')}`,
  ];
  return { program, accounts, data: concat(Uint8Array.from(discriminator), args), logs, calls };
}

function encodeEvent(idl: Idl, name: string, fields: readonly Uint8Array[]): Uint8Array {
  const discriminator = idl.events.find((item) => item.name === name)?.discriminator;
  if (!discriminator) throw new Error(`the IDL has no event ${name}`);
  return concat(Uint8Array.from(discriminator), ...fields);
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function u64(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

function text(value: string): Uint8Array {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return concat(length, bytes);
}

const decoded = new Map<string, Uint8Array>();

/** Bytes of an address; every address of a run is asked for many times. */
function key(address: string): Uint8Array {
  const known = decoded.get(address);
  if (known) return known;
  const bytes = decodeAddress(address);
  if (decoded.size > 200_000) decoded.clear();
  decoded.set(address, bytes);
  return bytes;
}

function decodeAddress(address: string): Uint8Array {
  const bytes = decodeBase58(address);
  if (bytes?.length !== 32) throw new Error(`${address} is no address`);
  return bytes;
}
