/**
 * litesvm (real SVM) as this chain uses it: signatures and blockhashes are checked by the chain, because
 * litesvm knows neither blocks nor forks; everything else (loading, fees, programs, rent) is the SVM's own.
 */

import type { FailedTransactionMetadata, TransactionMetadata } from 'litesvm';
import { Account, Clock, LiteSvm } from 'litesvm/dist/internal.js';
import { encodeBase58, requireBase58 } from '../../../src/events/base58.js';
import type { ChainAccount, Genesis } from './types.js';
import { type TransactionErrorJson, transactionErrorJson } from './vm-errors.js';
import type { WireTransaction } from './wire.js';

export interface VmInnerInstruction {
  readonly programIdIndex: number;
  readonly accounts: readonly number[];
  readonly data: Uint8Array;
  readonly stackHeight: number;
}

export interface VmResult {
  /** null = success. */
  readonly error: TransactionErrorJson | null;
  /** Lamports. */
  readonly fee: bigint;
  readonly logs: readonly string[];
  /** By outer instruction. */
  readonly inner: readonly (readonly VmInnerInstruction[])[];
  readonly computeUnits: bigint;
  readonly returnData: { readonly programId: string; readonly data: Uint8Array } | null;
}

export interface VmSimulation extends VmResult {
  /** What the writable accounts would hold afterwards; empty after a failure. */
  readonly postAccounts: ReadonlyMap<string, ChainAccount>;
}

export interface Vm {
  execute(transaction: WireTransaction): VmResult;
  simulate(transaction: WireTransaction): VmSimulation;
  account(address: string): ChainAccount | null;
  programAccounts(owner: string): [string, ChainAccount][];
  /** null removes it. */
  setAccount(address: string, account: ChainAccount | null): void;
  /** Clock and slot hashes (newest first, at most 512) that programs see. */
  setTime(
    slot: number,
    unixSeconds: number,
    slotHashes: readonly { readonly slot: number; readonly hash: string }[],
  ): void;
  minimumBalance(dataLength: number): bigint;
}

/** Mainnet's limit of log bytes, beyond which the runtime says "Log truncated". */
const LOG_BYTES = 10_000n;
const SLOTS_PER_EPOCH = 432_000;

function feeOf(metadata: TransactionMetadata | FailedTransactionMetadata): bigint {
  // litesvm computes the fee but exposes it only in its debug text, at the very end.
  const text = String(metadata);
  const fee = /fee: (\d+)[^\d]*$/.exec(text)?.[1];
  if (fee === undefined) throw new Error(`litesvm no longer tells the fee: ${text.slice(-120)}`);
  return BigInt(fee);
}

function resultOf(metadata: TransactionMetadata, error: TransactionErrorJson | null, fee: bigint): VmResult {
  const returned = metadata.returnData();
  const data = returned.data();
  return {
    error,
    fee,
    logs: metadata.logs(),
    inner: metadata.innerInstructions().map((group) =>
      group.map((entry) => {
        const instruction = entry.instruction();
        return {
          programIdIndex: instruction.programIdIndex(),
          accounts: [...instruction.accounts()],
          data: instruction.data(),
          stackHeight: entry.stackHeight(),
        };
      }),
    ),
    computeUnits: metadata.computeUnitsConsumed(),
    returnData: data.length > 0 ? { programId: encodeBase58(returned.programId()), data } : null,
  };
}

function toChainAccount(account: Account): ChainAccount {
  return {
    lamports: account.lamports(),
    owner: encodeBase58(account.owner()),
    data: account.data(),
    executable: account.executable(),
  };
}

const EMPTY: ChainAccount = {
  lamports: 0n,
  owner: '11111111111111111111111111111111',
  data: new Uint8Array(0),
  executable: false,
};

/** An SVM that holds the standard programs and the genesis. */
export function createVm(genesis: Genesis): Vm {
  const svm = new LiteSvm();
  svm.setSigverify(false);
  svm.setBlockhashCheck(false);
  svm.setTransactionHistory(0n);
  svm.setLogBytesLimit(LOG_BYTES);

  const setAccount = (address: string, account: ChainAccount | null): void => {
    const { lamports, data, owner, executable } = account ?? EMPTY;
    svm.setAccount(requireBase58(address), new Account(lamports, data, requireBase58(owner), executable, 0n));
  };
  for (const { address, elf } of genesis.programs) svm.addProgram(requireBase58(address), elf);
  for (const { address, lamports, owner, data } of genesis.accounts)
    setAccount(address, { lamports, owner, data, executable: false });
  for (const { address, lamports } of genesis.accountsFunded) setAccount(address, { ...EMPTY, lamports });

  return {
    execute(transaction) {
      const outcome =
        transaction.version === 'legacy'
          ? svm.sendLegacyTransaction(transaction.bytes)
          : svm.sendVersionedTransaction(transaction.bytes);
      if ('err' in outcome) return resultOf(outcome.meta(), transactionErrorJson(outcome), feeOf(outcome));
      return resultOf(outcome, null, feeOf(outcome));
    },
    simulate(transaction) {
      const outcome =
        transaction.version === 'legacy'
          ? svm.simulateLegacyTransaction(transaction.bytes)
          : svm.simulateVersionedTransaction(transaction.bytes);
      if ('err' in outcome)
        return {
          ...resultOf(outcome.meta(), transactionErrorJson(outcome), feeOf(outcome)),
          postAccounts: new Map(),
        };
      const metadata = outcome.meta();
      const postAccounts = new Map(
        outcome.postAccounts().map((entry) => [encodeBase58(entry.address), toChainAccount(entry.account())]),
      );
      return { ...resultOf(metadata, null, feeOf(metadata)), postAccounts };
    },
    account(address) {
      const account = svm.getAccount(requireBase58(address));
      return account === null ? null : toChainAccount(account);
    },
    programAccounts: (owner) =>
      svm
        .getProgramAccounts(requireBase58(owner))
        .map((entry) => [encodeBase58(entry.address), toChainAccount(entry.account())]),
    setAccount,
    setTime(slot, unixSeconds, slotHashes) {
      const epoch = BigInt(Math.floor(slot / SLOTS_PER_EPOCH));
      svm.setClock(new Clock(BigInt(slot), 0n, epoch, epoch + 1n, BigInt(unixSeconds)));
      svm.setSlotHashes(slotHashes.map((entry) => ({ slot: BigInt(entry.slot), hash: entry.hash })));
    },
    minimumBalance: (dataLength) => svm.minimumBalanceForRentExemption(BigInt(dataLength)),
  };
}
