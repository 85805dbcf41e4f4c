/**
 * Blocks of a generated chain as the bytes of their answers. Foreign transactions come from a small pool of
 * ready chunks, so that a chain of gigabytes costs its server some tens of megabytes; ours are all different.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { foreignTransaction } from './foreign.js';
import { addressOf } from './keys.js';
import { createOurTraffic, type OurTrafficOptions } from './ours.js';

export interface ChainShape extends OurTrafficOptions {
  /** Slots 1 to this hold a block each. */
  readonly blocks: number;
  /** Transactions a block, ours among them. */
  readonly transactions: number;
  readonly ours: number;
  /** Every nth block holds what a captured mainnet block held beside ours, where the capture is there. */
  readonly realEvery?: number;
}

export const SMALL: Omit<ChainShape, 'blocks'> = { seed: 1, wallets: 5_000, transactions: 200, ours: 20 };
export const REAL_SIZED: Omit<ChainShape, 'blocks'> = {
  seed: 2,
  wallets: 5_000,
  transactions: 1_640,
  ours: 20,
  realEvery: 10,
};

export interface GeneratedBlock {
  /** `{"blockHeight":…,"transactions":[…]}`, in pieces. */
  readonly full: readonly Buffer[];
  readonly header: string;
  readonly signatures: readonly string[];
}

export interface GeneratedChain {
  readonly shape: ChainShape;
  block(slot: number): GeneratedBlock;
  time(slot: number): number;
  /** Ours of a slot, in order. */
  ours(slot: number): readonly { readonly signature: string; readonly json: string }[];
}

const START_TIME = 1_760_000_000;
/** Different chunks of foreign transactions of the same count. */
const VARIANTS = 6;

interface Chunk {
  readonly bytes: Buffer;
  readonly signatures: readonly string[];
}

export function timeOfSlot(slot: number): number {
  return START_TIME + Math.floor(slot * 0.4);
}

/** Everything is made beforehand: serving it must not cost the time that is measured. */
export function generateChain(shape: ChainShape): GeneratedChain {
  const traffic = createOurTraffic(shape);
  const chunks = new Map<number, Chunk[]>();
  let foreign = 0;
  const chunk = (count: number, variant: number): Chunk => {
    let known = chunks.get(count);
    if (!known) {
      known = Array.from({ length: VARIANTS }, () => {
        const transactions = Array.from({ length: count }, () => foreignTransaction(foreign++));
        return {
          bytes: Buffer.from(transactions.map(({ json }) => json).join(',')),
          signatures: transactions.map(({ signature }) => signature),
        };
      });
      chunks.set(count, known);
    }
    return known[variant % VARIANTS] as Chunk;
  };
  const real = shape.realEvery === undefined ? null : capturedChunk();
  const ours: (readonly { readonly signature: string; readonly json: string; readonly bytes: Buffer }[])[] =
    [];
  for (let slot = 1; slot <= shape.blocks; slot++) {
    ours[slot] = traffic
      .block(slot, shape.ours, timeOfSlot(slot))
      .map((item) => ({ ...item, bytes: Buffer.from(item.json) }));
  }
  const comma = Buffer.from(',');

  function foreignOf(slot: number, piece: number): Chunk | null {
    if (real && shape.realEvery && slot % shape.realEvery === 0) return piece === 0 ? real : null;
    const pieces = shape.ours + 1;
    const foreignCount = shape.transactions - shape.ours;
    const count = Math.floor(foreignCount / pieces) + (piece < foreignCount % pieces ? 1 : 0);
    return count === 0 ? null : chunk(count, slot + piece);
  }

  return {
    shape,
    time: timeOfSlot,
    ours: (slot) => ours[slot] ?? [],
    block(slot) {
      const pieces: Buffer[] = [];
      const signatures: string[] = [];
      const push = (bytes: Buffer, names: readonly string[]): void => {
        if (pieces.length > 0) pieces.push(comma);
        pieces.push(bytes);
        signatures.push(...names);
      };
      for (let piece = 0; piece <= shape.ours; piece++) {
        const chunk = foreignOf(slot, piece);
        if (chunk) push(chunk.bytes, chunk.signatures);
        const own = ours[slot]?.[piece];
        if (own) push(own.bytes, [own.signature]);
      }
      const header = headerOf(slot);
      // The first block of all, which everything else follows upon.
      if (slot === 0) return { header, signatures: [], full: [Buffer.from(`{${header},"transactions":[]}`)] };
      return {
        header,
        signatures,
        full: [Buffer.from(`{${header},"transactions":[`), ...pieces, Buffer.from(']}')],
      };
    },
  };
}

function headerOf(slot: number): string {
  const hash = (of: number) => addressOf(`block/${of}`);
  return `"blockHeight":${slot},"blockTime":${timeOfSlot(slot)},"blockhash":"${hash(slot)}","parentSlot":${Math.max(0, slot - 1)},"previousBlockhash":"${hash(slot - 1)}"`;
}

export function capturedBlockFile(name: string): string | null {
  const file = join(process.env.MAINNET_FIXTURES ?? '../shared/fixtures', 'solana/blocks', name);
  return existsSync(file) ? file : null;
}

/** The transactions of the captured block; null where it is not. */
function capturedChunk(): Chunk | null {
  const file = capturedBlockFile('332254855.json.gz');
  if (file === null) return null;
  const answer = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as {
    result?: CapturedBlock;
  } & CapturedBlock;
  const { transactions } = answer.result ?? answer;
  return {
    bytes: Buffer.from(transactions.map((item) => JSON.stringify(item)).join(',')),
    signatures: transactions.map((item) => item.transaction.signatures[0] ?? ''),
  };
}

interface CapturedBlock {
  readonly transactions: readonly { readonly transaction: { readonly signatures: readonly string[] } }[];
}
