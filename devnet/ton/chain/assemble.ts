/**
 * Makes one masterchain block: two rounds of shard blocks, in which messages are executed one by one. What a
 * transaction sends is delivered in a later round, so a trace spreads over consecutive blocks; the shard
 * blocks of the first round are intermediate where their shard makes a second one. The seed alone decides
 * which shards make blocks.
 */
import { createHash } from 'node:crypto';
import { type Address, Cell } from '@ton/core';
import { seededBytes, seededFraction } from '../../shared/seeded.js';
import { MASTERCHAIN_SHARD, SHARDS, shardOf } from './shards.js';
import type { BlockId, MasterBlock, Pending, ShardBlock, TransactionEntry } from './types.js';
import type { Executed, Vm } from './vm.js';

const ROUNDS = 2;
/** Logical time between rounds, as mainnet's between blocks. */
const LT_STEP = 1_000_000;
const IDLE_SHARE = 0.75;
const SECOND_SHARE = 0.5;
/** Messages of one shard block; the rest waits. */
const MOST_MESSAGES = 250;

export interface AssembleInput {
  readonly genesisHash: string;
  readonly seed: string;
  readonly previous: MasterBlock | null;
  readonly time: number;
  readonly queue: readonly Pending[];
  readonly externals: readonly Pending[];
  readonly vm: Vm;
  /** Base64 ShardAccount before this block. */
  readonly stateOf: (account: string) => string;
}

export interface Assembled {
  readonly block: MasterBlock;
  readonly body: Buffer;
  readonly queue: readonly Pending[];
  /** External messages that their account did not take. */
  readonly refused: ReadonlyMap<string, string>;
  /** External messages whose shard made no block. */
  readonly externals: readonly Pending[];
}

const raw = (address: Address): string => address.toRawString().toLowerCase();

function zeroBlock(genesisHash: string, shard: string): BlockId {
  const workchain = shard === MASTERCHAIN_SHARD ? -1 : 0;
  return { workchain, shard, seqno: 0, ...hashes(genesisHash, shard, 'zero') };
}

function hashes(...parts: readonly string[]): { readonly rootHash: string; readonly fileHash: string } {
  const digest = (kind: string) =>
    createHash('sha256')
      .update([kind, ...parts].join(':'))
      .digest('hex');
  return { rootHash: digest('root'), fileHash: digest('file') };
}

const idOf = ({ workchain, shard, seqno, rootHash, fileHash }: BlockId): BlockId => ({
  workchain,
  shard,
  seqno,
  rootHash,
  fileHash,
});

export async function assemble(input: AssembleInput): Promise<Assembled> {
  const { genesisHash, seed, previous, time, vm } = input;
  const seqno = (previous?.seqno ?? 0) + 1;
  const tops = new Map<string, BlockId>(SHARDS.map((shard) => [shard, zeroBlock(genesisHash, shard)]));
  for (const top of previous?.tops ?? []) tops.set(top.shard, top);
  const states = new Map<string, string>();
  const accountLts = new Map<string, number>();
  const refused = new Map<string, string>();
  const body: Buffer[] = [];
  let bodyLength = 0;
  const put = (bytes: Buffer): { readonly offset: number; readonly length: number } => {
    const place = { offset: bodyLength, length: bytes.length };
    body.push(bytes);
    bodyLength += bytes.length;
    return place;
  };

  const run = async (
    message: Pending,
    startLt: number,
  ): Promise<{ entry: TransactionEntry; executed: Executed } | null> => {
    const account = message.destination;
    const lt = Math.max(startLt + 1, (accountLts.get(account) ?? 0) + 1);
    const cell = Cell.fromBase64(message.boc);
    const state = states.get(account) ?? input.stateOf(account);
    const executed = await vm.execute(cell, state, {
      time,
      lt,
      seed: Buffer.from(seededBytes(seed, `${seqno}:${account}`)),
    });
    if ('refused' in executed) {
      if (message.trace !== '')
        throw new Error(
          `chain: the message ${message.hash} to ${account} could not be executed: ${executed.refused}`,
        );
      refused.set(message.hash, executed.refused);
      return null;
    }
    states.set(account, executed.state);
    const { transaction, hash } = executed;
    accountLts.set(account, Number(transaction.lt) + transaction.outMessagesCount + 1);
    const trace = message.trace === '' ? hash : message.trace;
    const entry = {
      account,
      lt: Number(transaction.lt),
      hash,
      inMessage: message.hash,
      trace,
      external: message.external,
      ...put(executed.boc),
    };
    return { entry, executed };
  };

  let queue = [...input.queue];
  let externals = [...input.externals];
  const shardBlocks: ShardBlock[] = [];
  const firstLt = (previous?.endLt ?? 0) + LT_STEP - ((previous?.endLt ?? 0) % LT_STEP);

  for (let round = 0; round < ROUNDS; round++) {
    const startLt = firstLt + round * LT_STEP;
    const arrived = queue;
    const waiting = externals;
    queue = [];
    externals = [];
    for (const shard of SHARDS) {
      const fraction = seededFraction(seed, `shard:${seqno}:${round}:${shard}`);
      const isHere = (message: Pending): boolean => shardOf(message.destination) === shard;
      const inbox = arrived
        .filter(isHere)
        .sort((a, b) => a.createdLt - b.createdLt || (a.hash < b.hash ? -1 : 1));
      const fresh = waiting.filter(isHere);
      const hasWork = inbox.length + fresh.length > 0 || tops.get(shard)?.seqno === 0;
      const makes = round === 0 ? hasWork || fraction < IDLE_SHARE : fraction < SECOND_SHARE;
      if (!makes) {
        queue.push(...inbox);
        externals.push(...fresh);
        continue;
      }
      queue.push(...inbox.slice(MOST_MESSAGES));
      const transactions: TransactionEntry[] = [];
      let endLt = startLt;
      for (const message of [...inbox.slice(0, MOST_MESSAGES), ...fresh]) {
        const done = await run(message, startLt);
        if (done === null) continue;
        const { entry, executed } = done;
        transactions.push(entry);
        endLt = Math.max(endLt, accountLts.get(entry.account) ?? 0);
        executed.outMessages.forEach((cell, index) => {
          const info = executed.transaction.outMessages.get(index)?.info;
          if (info?.type !== 'internal') return;
          queue.push({
            boc: cell.toBoc().toString('base64'),
            hash: cell.hash().toString('hex'),
            destination: raw(info.dest),
            createdLt: Number(info.createdLt),
            trace: entry.trace,
            external: entry.external,
          });
        });
      }
      const before = tops.get(shard) ?? zeroBlock(genesisHash, shard);
      const id = {
        workchain: 0,
        shard,
        seqno: before.seqno + 1,
        ...hashes(before.rootHash, `${seqno}:${time}`, ...transactions.map(({ hash }) => hash)),
      };
      shardBlocks.push({ ...id, previous: before, startLt, endLt: endLt + 1, transactions });
      tops.set(shard, id);
    }
  }

  const before = previous === null ? zeroBlock(genesisHash, MASTERCHAIN_SHARD) : idOf(previous);
  const block: MasterBlock = {
    workchain: -1,
    shard: MASTERCHAIN_SHARD,
    seqno,
    ...hashes(before.rootHash, String(time), ...shardBlocks.map(({ rootHash }) => rootHash)),
    previous: before,
    time,
    startLt: firstLt,
    endLt: firstLt + ROUNDS * LT_STEP - 1,
    shardBlocks,
    tops: [...tops.values()],
    states: [...states].map(([account, state]) => ({ account, ...put(Buffer.from(state, 'base64')) })),
    queue: put(Buffer.from(JSON.stringify(queue))),
  };
  return { block, body: Buffer.concat(body), queue, refused, externals };
}
