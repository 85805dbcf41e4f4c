/**
 * The JSON-RPC methods that the source uses. Slots are numbers, times Unix seconds. Blocks, transactions and
 * lists of them are read by our own client; the rest is asked through the SDK (connection.ts).
 */
import type { Connection } from '@solana/web3.js';
import { z } from 'zod';
import { NdxError } from '../../../runtime/errors.js';
import { isBlockTime, NO_BLOCK_TIME } from '../../block-time.js';
import type { Asked, AskOptions } from '../../http/ask.js';
import { type Place, withRoom } from '../../http/bytes/budget.js';
import { repeatedIn } from '../../repeated.js';
import type { SolanaBlock } from '../transaction.js';
import type { RpcClient } from './client.js';
import { askConnection } from './connection.js';
import type { KeyFinder } from './keys.js';
import type { RpcPool } from './pool.js';
import { readBlock } from './read-block.js';
import { type BlockHeader, ErrorAnswer, NotABlock, scanHeader } from './scan.js';

export type Commitment = 'confirmed' | 'finalized';

/** Milliseconds a request. */
export interface Timeouts {
  /** For answers that hold blocks, transactions or signatures. */
  readonly blockMs: number;
  readonly smallMs: number;
}

/**
 * A block with the bytes it was read from, so that it can be read again when more addresses are followed by
 * the time it is handed on.
 */
export interface FetchedBlock {
  readonly block: SolanaBlock;
  readonly body: Buffer;
  /** The addresses that the bytes were searched for. */
  readonly keys: KeyFinder;
}

export interface SignatureEntry {
  readonly signature: string;
  readonly slot: number;
  /** null: the transaction succeeded. */
  readonly err: unknown;
}

const slotSchema = z.number().int().nonnegative();
const slotsSchema = z.array(slotSchema);
const signatureSchema = z.object({ signature: z.string().min(1), slot: slotSchema, err: z.unknown() });
const timeSchema = z.custom<number>(isBlockTime, NO_BLOCK_TIME);
const transactionSchema = z.looseObject({ slot: slotSchema, blockTime: timeSchema.nullish() }).nullable();
const accountSchema = z.object({
  value: z.object({ data: z.tuple([z.base64(), z.literal('base64')]) }).nullable(),
});
const signaturesOfBlockSchema = z.object({
  blockhash: z.string(),
  signatures: z.array(z.string()).refine((names) => repeatedIn(names) === null, 'holds a transaction twice'),
  blockTime: timeSchema.nullish(),
});

export type SolanaRpc = ReturnType<typeof createSolanaRpc>;

/**
 * The methods over a pool of endpoints. All reject with RpcError or the signal's reason.
 * @param maxSupportedTransactionVersion newest version that nodes may answer with: a block that holds a newer
 * one is refused with TRANSACTION_VERSION_UNSUPPORTED
 */
export function createSolanaRpc(pool: RpcPool, timeouts: Timeouts, maxSupportedTransactionVersion: number) {
  const ask = <T>(
    method: string,
    params: readonly unknown[],
    schema: z.ZodType<T>,
    options: AskOptions,
    timeoutMs = timeouts.smallMs,
  ) =>
    pool.ask(
      method,
      (client) => client.call(method, params, schema, { signal: options.signal, timeoutMs }),
      options,
    );

  const small = <T>(method: string, work: (connection: Connection) => Promise<T>, options: AskOptions) =>
    askConnection(pool, method, work, { ...options, timeoutMs: timeouts.smallMs });

  const blockParams = (
    slot: number,
    commitment: Commitment,
    transactionDetails: string,
  ): readonly unknown[] => [
    slot,
    { commitment, encoding: 'json', transactionDetails, rewards: false, maxSupportedTransactionVersion },
  ];

  /** Bytes that a block is expected to have: the largest of late. */
  let usualBlock = 0;

  async function getBlock<T>(
    slot: number,
    commitment: Commitment,
    details: string,
    options: AskOptions,
    read: (body: Buffer) => T,
  ): Promise<Asked<T>> {
    return pool.ask(
      'getBlock',
      async (client) => {
        const body = await client.fetch('getBlock', blockParams(slot, commitment, details), {
          signal: options.signal,
          timeoutMs: timeouts.blockMs,
          place: options.place,
        });
        try {
          return read(body);
        } catch (error) {
          throw blockError(client, slot, error);
        }
      },
      { block: slot, ...options },
    );
  }

  return {
    slot: (commitment: Commitment, options: AskOptions) =>
      small('getSlot', async (connection) => asSlot(await connection.getSlot(commitment)), options),
    /** Unix seconds; null: the endpoint does not know it. */
    blockTime: (slot: number, options: AskOptions) =>
      small('getBlockTime', async (connection) => asTime(await connection.getBlockTime(slot)), {
        block: slot,
        ...options,
      }),
    firstAvailableBlock: (options: AskOptions) =>
      small(
        'getFirstAvailableBlock',
        async (connection) => asSlot(await connection.getFirstAvailableBlock()),
        options,
      ),
    /**
     * Slots with a block in [from, to], ascending; at most 500,000 wide. Not proof: an endpoint may leave
     * some out.
     */
    blocks: async (from: number, to: number, commitment: Commitment, options: AskOptions) => {
      const asked = await ask('getBlocks', [from, to, { commitment }], slotsSchema, {
        block: to,
        ...options,
      });
      return { ...asked, value: inOrder(asked.value.filter((slot) => slot >= from && slot <= to)) };
    },
    /** The first slots with a block at or after `from`, at most `limit`. */
    blocksFrom: async (from: number, limit: number, commitment: Commitment, options: AskOptions) => {
      const asked = await ask('getBlocksWithLimit', [from, limit, { commitment }], slotsSchema, options);
      return { ...asked, value: inOrder(asked.value.filter((slot) => slot >= from)) };
    },
    /**
     * The block with those of its transactions that name one of the addresses. Its bytes are held at the
     * place, which is the caller's to give back.
     */
    block: (
      slot: number,
      commitment: Commitment,
      keys: () => KeyFinder,
      options: AskOptions & { readonly place: Place },
    ): Promise<Asked<FetchedBlock>> =>
      withRoom(options.place, usualBlock, options.signal, () =>
        getBlock(slot, commitment, 'full', options, (body) => {
          usualBlock = Math.max(body.length, Math.floor(usualBlock * 0.9));
          const now = keys();
          return { block: readBlock(slot, body, now), body, keys: now };
        }),
      ),
    header: (slot: number, commitment: Commitment, options: AskOptions): Promise<Asked<BlockHeader>> =>
      getBlock(slot, commitment, 'none', options, (body) => scanHeader(body)),
    /** All signatures of the block, in its order. */
    signaturesOf: (slot: number, commitment: Commitment, options: AskOptions) =>
      ask(
        'getBlock',
        blockParams(slot, commitment, 'signatures'),
        signaturesOfBlockSchema,
        { block: slot, ...options },
        timeouts.blockMs,
      ),
    /**
     * The first `length` bytes of an account's data; null: there is no such account.
     * @param at an endpoint that has not seen this slot refuses
     */
    accountData: (address: string, length: number, at: number, options: AskOptions) =>
      ask(
        'getAccountInfo',
        [
          address,
          {
            ...{ commitment: 'confirmed', encoding: 'base64', minContextSlot: at },
            dataSlice: { offset: 0, length },
          },
        ],
        accountSchema,
        options,
      ),
    /** null: this endpoint does not know it. */
    transaction: (signature: string, commitment: Commitment, options: AskOptions) =>
      ask(
        'getTransaction',
        [signature, { commitment, encoding: 'json', maxSupportedTransactionVersion }],
        transactionSchema,
        options,
        timeouts.blockMs,
      ),
    /**
     * Signatures of the transactions that name the address, newest first: at most `limit` (up to 1,000),
     * older than `before`. An endpoint that has not seen slot `upTo` refuses (minContextSlot): its list would
     * lack the newest. `wrong` says what is wrong with a page (null: nothing), which then is the endpoint's
     * RPC_BAD_RESPONSE.
     */
    signaturesForAddress: (
      address: string,
      page: {
        readonly before: string | null;
        readonly limit: number;
        readonly commitment: Commitment;
        readonly upTo: number;
      },
      wrong: (entries: readonly SignatureEntry[]) => string | null,
      options: AskOptions,
    ): Promise<Asked<readonly SignatureEntry[]>> => {
      const { before, limit, commitment, upTo } = page;
      const params = [
        address,
        { commitment, limit, minContextSlot: upTo, ...(before === null ? {} : { before }) },
      ];
      const method = 'getSignaturesForAddress';
      const call = { signal: options.signal, timeoutMs: timeouts.blockMs };
      return pool.ask(
        method,
        async (client) => {
          const entries = await client.call(method, params, z.array(signatureSchema), call);
          const why = wrong(entries);
          if (why !== null) throw client.badAnswer(method, why);
          return entries;
        },
        options,
      );
    },
  };
}

function blockError(client: RpcClient, slot: number, error: unknown): unknown {
  const method = `getBlock ${slot}`;
  if (error instanceof ErrorAnswer) return client.errorFrom(method, error.code, error.message);
  if (error instanceof NotABlock) return client.badAnswer(method, error.message, error.cause);
  // The normaliser names the field that is missing or of a wrong type; another endpoint may answer rightly.
  if (error instanceof NdxError && error.code === 'RPC_BAD_RESPONSE')
    return client.badAnswer(method, error.message, error);
  return error;
}

/** The SDK accepts any number as a slot. */
function asSlot(value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`result: must be a slot, not ${value}`);
}

/** null: the endpoint does not know it. */
function asTime(value: number | null): number | null {
  if (value === null || isBlockTime(value)) return value;
  throw new Error(`result: ${value} ${NO_BLOCK_TIME}`);
}

function inOrder(slots: readonly number[]): readonly number[] {
  return [...new Set(slots)].sort((a, b) => a - b);
}
