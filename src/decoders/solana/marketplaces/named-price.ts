/**
 * Prices that a marketplace's program states itself, in an event, a call of its own noop or a line of its log. Attributed by the invocation
 * stack, so nobody else can state them. Sources: tensorswap-sdk, tensor-foundation's event.rs and noop.rs, magicoss/mmm's log_pool.
 */
import { createHash } from 'node:crypto';
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';
import { type ByteReader, createByteReader, discriminatorOf } from '../bytes.js';
import type { DecodeContext } from '../decoder.js';
import type { Span } from './spans.js';
import { TENSOR_AMM, TENSOR_BID, TENSOR_MARKETPLACE, TENSOR_SWAP } from './tensor.js';

export interface NamedPrice {
  readonly amount: bigint;
  readonly marketplaceFee?: bigint;
  readonly royalty?: bigint;
  /** Mint; absent: lamports. */
  readonly currency?: string;
  readonly asset?: string;
}

const hashed = (name: string) => createHash('sha256').update(name).digest('hex').slice(0, 16);
const BUY_SELL_EVENT = hashed('event:BuySellEvent');
const TAKE_BID_EVENT = hashed('event:TakeBidEvent');
const TCOMP_NOOP = hashed('global:tcomp_noop');
const TAMM_NOOP = hashed('global:tamm_noop');

/** Programs whose log says prices. */
const SAY_PRICES: ReadonlySet<string> = new Set([
  TENSOR_SWAP.address,
  TENSOR_BID.address,
  'M2mx93ekt1fmXSVkTrUL9xVFHkmME8HTUi5Cyc5aF7K',
  'M3mxk5W2tt27WGT7THox7PmgRDp4m6NEhL5xvxrBfS1',
  'mmm3XBJg5gk8XJxEKBvdgptZz6SgK4tXvn36sodowMc',
]);

export function namedPrice(
  instruction: SolanaInstruction,
  span: Span,
  context: DecodeContext,
): NamedPrice | null {
  try {
    if (instruction.programId === TENSOR_MARKETPLACE.address)
      return fromNoop(instruction, span, context, TCOMP_NOOP, readTcompEvent);
    if (instruction.programId === TENSOR_AMM.address)
      return fromNoop(instruction, span, context, TAMM_NOOP, readTammEvent);
    if (SAY_PRICES.has(instruction.programId)) return fromLog(instruction, context);
  } catch (error) {
    // An event of another version of the program: the payments tell the price.
    if (!(error instanceof RangeError)) throw error;
  }
  return null;
}

function fromNoop(
  instruction: SolanaInstruction,
  { first, last }: Span,
  { transaction }: DecodeContext,
  noop: string,
  read: (reader: ByteReader) => NamedPrice | null,
): NamedPrice | null {
  for (let i = first + 1; i <= last; i++) {
    const call = transaction.instructions[i];
    if (call?.programId !== instruction.programId || discriminatorOf(call.data) !== noop) continue;
    return read(createByteReader(call.data, 8));
  }
  return null;
}

function readTammEvent(reader: ByteReader): NamedPrice | null {
  return reader.u8() === 0 ? readBuySell(reader) : null;
}

/** BuySellEvent { current_price, tswap_fee, mm_fee, creators_fee }. */
function readBuySell(reader: ByteReader): NamedPrice {
  const u64 = () => reader.integer(8, false);
  const amount = u64();
  const marketplaceFee = u64();
  u64();
  return { amount, marketplaceFee, royalty: u64() };
}

/** TakeBidEvent { lamports, tswap_fee, creators_fee, … }. */
function readTakeBid(reader: ByteReader): NamedPrice {
  const u64 = () => reader.integer(8, false);
  return { amount: u64(), marketplaceFee: u64(), royalty: u64() };
}

/** TcompEvent: 0 Maker (listing or bid), 1 Taker. */
function readTcompEvent(reader: ByteReader): NamedPrice | null {
  const variant = reader.u8();
  if (variant > 1) return null;
  const key = () => reader.key();
  const u64 = () => reader.integer(8, false);
  key();
  reader.option(key);
  reader.u8();
  key();
  reader.option(() => reader.u8());
  reader.option(key);
  const amount = u64();
  reader.u32();
  if (variant === 0) {
    const currency = reader.option(key);
    reader.bytes(8);
    reader.option(key);
    return named(amount, {}, currency, reader.option(key));
  }
  // Later versions have a fee of the maker's broker too: three or four fees before two options of 1 or 33 bytes.
  const fees = Array.from({ length: Math.floor(((reader.left - 2) % 32) / 8) === 0 ? 4 : 3 }, u64);
  const royalty = fees.at(-1) ?? 0n;
  const marketplaceFee = fees.reduce((sum, fee) => sum + fee, 0n) - royalty;
  return named(amount, { marketplaceFee, royalty }, reader.option(key), reader.option(key));
}

function named(
  amount: bigint,
  fees: Pick<NamedPrice, 'marketplaceFee' | 'royalty'>,
  currency: string | null,
  asset: string | null,
) {
  return { amount, ...fees, ...(currency !== null && { currency }), ...(asset !== null && { asset }) };
}

function fromLog(instruction: SolanaInstruction, context: DecodeContext): NamedPrice | null {
  const frame = context.logs().pairs.find((pair) => pair.instruction === instruction)?.frame;
  if (frame === undefined) return null;
  for (const line of frame.emitted) {
    const data = Buffer.from(line, 'base64');
    const event = discriminatorOf(data);
    if (event === BUY_SELL_EVENT && instruction.programId === TENSOR_SWAP.address)
      return readBuySell(createByteReader(data, 8));
    if (event === TAKE_BID_EVENT && instruction.programId === TENSOR_BID.address)
      return readTakeBid(createByteReader(data, 8));
  }
  for (const line of frame.said) {
    const price = readJson(line);
    if (price !== null) return price;
  }
  return null;
}

/**
 * M2 says `price`, `royalty` and, of newer standards, both parties' fees, where a negative one is a rebate out of the other's; M3 `price` and the
 * fees; MMM `total_price` and `royalty_paid`. Read as text because amounts may exceed a double.
 */
function readJson(line: string): NamedPrice | null {
  const number = (name: string): bigint | undefined => {
    const found = new RegExp(`"${name}":\\s*(-?\\d{1,20})\\b`).exec(line)?.[1];
    return found === undefined ? undefined : BigInt(found);
  };
  const amount = number('total_price') ?? number('price');
  if (amount === undefined || amount < 0n) return null;
  const royalty = number('royalty_paid') ?? number('royalty');
  const [maker, taker] = [number('maker_fee'), number('taker_fee')];
  const marketplaceFee = maker === undefined || taker === undefined ? undefined : maker + taker;
  return {
    amount,
    ...(royalty !== undefined && { royalty }),
    ...(royalty !== undefined && marketplaceFee !== undefined && marketplaceFee >= 0n && { marketplaceFee }),
  };
}
