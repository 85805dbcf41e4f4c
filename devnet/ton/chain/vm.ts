/**
 * The real TVM (`@ton/sandbox`'s executor, mainnet's fees): one message into one account at a time, and
 * get-methods.
 */
import {
  Address,
  beginCell,
  Cell,
  Dictionary,
  loadShardAccount,
  loadTransaction,
  parseTuple,
  serializeTuple,
  storeShardAccount,
  type Transaction,
  type TupleItem,
} from '@ton/core';
import { slimConfig } from '@ton/sandbox/dist/config/slimConfig.js';
import { Executor } from '@ton/sandbox/dist/executor/Executor.js';
import type { AccountState, GenesisAccount, MethodResult } from './types.js';

const NO_HASH = '0'.repeat(64);
const METHOD_GAS = 10_000_000n;

export interface Executed {
  readonly boc: Buffer;
  readonly hash: string;
  readonly transaction: Transaction;
  /** Message cells that go on to other accounts. */
  readonly outMessages: readonly Cell[];
  /** Base64 ShardAccount after it. */
  readonly state: string;
}

export interface Vm {
  /**
   * @param state base64 ShardAccount. @returns null when the account does not take the (external) message,
   * with the reason
   */
  execute(
    message: Cell,
    state: string,
    at: { readonly time: number; readonly lt: number; readonly seed: Buffer },
  ): Promise<Executed | { readonly refused: string; readonly exitCode: number | null }>;
  /** @returns null when the account has no code */
  runMethod(
    state: string,
    address: string,
    method: string | number,
    stack: readonly TupleItem[],
    time: number,
  ): Promise<MethodResult | null>;
}

/** The id by which a contract knows its get-method: CRC-16/XMODEM of the name, with bit 16 set. */
function methodId(name: string): number {
  let crc = 0;
  for (const byte of Buffer.from(name)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++)
      crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc | 0x10000;
}

/** The message cells of a transaction's `out_msgs`, byte for byte as they will arrive. */
function outMessageCells(transaction: Cell): Cell[] {
  const messages = transaction.refs[0]?.beginParse();
  if (messages === undefined) throw new Error('vm: a transaction without messages cell');
  if (messages.loadBit()) messages.loadRef();
  const dictionary = messages.loadDict(Dictionary.Keys.Uint(15), Dictionary.Values.Cell());
  return dictionary
    .keys()
    .sort((a, b) => a - b)
    .flatMap((key) => dictionary.get(key) ?? []);
}

/** Hashes of the messages that a transaction sends, in order. @param transaction its cell */
export const outMessageHashes = (transaction: Cell): string[] =>
  outMessageCells(transaction).map((message) => message.hash().toString('hex'));

export async function createVm(): Promise<Vm> {
  const executor = await Executor.create();
  return {
    async execute(message, state, { time, lt, seed }) {
      const { result } = await executor.runTransaction({
        config: slimConfig,
        libs: null,
        verbosity: 'short',
        shardAccount: state,
        now: time,
        lt: BigInt(lt),
        randomSeed: seed,
        ignoreChksig: false,
        debugEnabled: false,
        message,
      });
      if (!result.success) return { refused: result.error, exitCode: result.vmResults?.vmExitCode ?? null };
      const boc = Buffer.from(result.transaction, 'base64');
      const cell = Cell.fromBoc(boc)[0];
      if (cell === undefined) throw new Error('vm: the executor gave no transaction');
      const transaction = loadTransaction(cell.beginParse());
      return {
        boc,
        hash: cell.hash().toString('hex'),
        transaction,
        outMessages: outMessageCells(cell),
        state: result.shardAccount,
      };
    },
    async runMethod(state, address, method, stack, time) {
      const account = loadShardAccount(Cell.fromBase64(state).beginParse()).account;
      if (account?.storage.state.type !== 'active') return null;
      const { code, data } = account.storage.state.state;
      if (!code || !data) return null;
      const { output } = await executor.runGetMethod({
        code,
        data,
        methodId: typeof method === 'number' ? method : methodId(method),
        stack: [...stack],
        config: slimConfig,
        verbosity: 'short',
        address: Address.parseRaw(address),
        unixTime: time,
        balance: account.storage.balance.coins,
        randomSeed: Buffer.alloc(32),
        gasLimit: METHOD_GAS,
        debugEnabled: false,
      });
      if (!output.success) throw new Error(`vm: get-method ${method} of ${address}: ${output.error}`);
      const result = parseTuple(Cell.fromBase64(output.stack));
      const gasUsed = Number(output.gas_used);
      return {
        exitCode: output.vm_exit_code,
        gasUsed,
        stack: result,
        raw: serializeTuple(result).toBoc().toString('base64'),
      };
    },
  };
}

/** Base64 ShardAccount of an account that nothing ever happened to. */
export function emptyState(): string {
  return beginCell()
    .store(storeShardAccount({ account: null, lastTransactionHash: 0n, lastTransactionLt: 0n }))
    .endCell()
    .toBoc()
    .toString('base64');
}

/** Base64 ShardAccount of a contract that is there from the start. */
export function genesisState({ address, code, data, nanotons }: GenesisAccount, time: number): string {
  const cells = { code: Cell.fromBase64(code), data: Cell.fromBase64(data) };
  const account = {
    addr: Address.parseRaw(address),
    storage: {
      lastTransLt: 0n,
      balance: { coins: nanotons },
      state: { type: 'active' as const, state: cells },
    },
    storageStats: { used: { cells: 0n, bits: 0n }, lastPaid: time, duePayment: null, storageExtra: null },
  };
  const cell = beginCell()
    .store(storeShardAccount({ account, lastTransactionHash: 0n, lastTransactionLt: 0n }))
    .endCell();
  return cell.toBoc().toString('base64');
}

export function readState(state: string): AccountState {
  const { account, lastTransactionHash, lastTransactionLt } = loadShardAccount(
    Cell.fromBase64(state).beginParse(),
  );
  const last = {
    lastLt: lastTransactionLt,
    lastHash: lastTransactionHash === 0n ? NO_HASH : lastTransactionHash.toString(16).padStart(64, '0'),
  };
  const none = { code: null, data: null, codeHash: null, dataHash: null };
  if (!account) return { status: 'nonexist', balance: 0n, ...none, ...last, lastPaid: 0 };
  const { balance, state: storage } = account.storage;
  const common = { balance: balance.coins, ...last, lastPaid: account.storageStats.lastPaid };
  if (storage.type !== 'active') return { status: storage.type, ...none, ...common };
  const { code, data } = storage.state;
  return {
    status: 'active',
    code: code?.toBoc() ?? null,
    data: data?.toBoc() ?? null,
    codeHash: code?.hash().toString('hex') ?? null,
    dataHash: data?.hash().toString('hex') ?? null,
    ...common,
  };
}
