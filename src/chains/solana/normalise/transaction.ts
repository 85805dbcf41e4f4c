/** One transaction of a getBlock or getTransaction answer → SolanaTransaction. */

import type { Building } from '../../../events/building.js';
import type { SolanaTransaction, TokenBalance } from '../transaction.js';
import {
  asAmount,
  asCount,
  asList,
  asOptionalList,
  asRecord,
  asString,
  asTime,
  at,
  lamports,
  namedIfWrong,
  type Path,
  type Raw,
} from './fields.js';
import { type InstructionBody, NormalisedInstruction } from './instruction.js';
import { instructionBody, messageOf } from './message.js';

export interface TransactionPlace {
  readonly slot: number;
  readonly blockTime: number | null;
  readonly transactionIndex: number;
}

/**
 * `raw`: an element of a block's `transactions` or the result of getTransaction, in json, jsonParsed, base64
 * or base58. A transaction whose node kept no `meta` comes back with `metaMissing`: nobody knows whether it
 * succeeded.
 * @throws NdxError RPC_BAD_RESPONSE naming the path of what is missing or of a wrong type.
 */
export function normaliseTransaction(
  raw: unknown,
  place: TransactionPlace,
  path = 'transaction',
): SolanaTransaction {
  return namedIfWrong(
    (named) => read(raw, place, named),
    () => path,
  );
}

function read(raw: unknown, place: TransactionPlace, path: Path): SolanaTransaction {
  const entry = asRecord(raw, path);
  const meta =
    entry.meta === null || entry.meta === undefined ? null : asRecord(entry.meta, at(path, '.meta'));
  const message = messageOf(entry, meta === null ? [] : loadedAddresses(meta, path), path);
  const { accountKeys } = message;
  const metaPath = at(path, '.meta');
  // Written out, not spread together: an object of so many fields that is copied on the way costs more than
  // reading them.
  const transaction: Building<SolanaTransaction> = {
    slot: place.slot,
    blockTime: place.blockTime,
    transactionIndex: place.transactionIndex,
    signature: message.signature,
    version: message.version,
    accountKeys,
    signerCount: message.signerCount,
    instructions: walk(
      message.outer,
      meta === null ? new Map() : innerInstructions(meta, accountKeys, metaPath),
    ),
    logs: meta === null ? null : readLogs(meta, metaPath),
    error: meta === null ? { metaMissing: true } : (meta.err ?? null),
    fee: meta === null ? 0n : BigInt(asCount(meta.fee, at(metaPath, '.fee'))),
    computeUnits: meta === null ? null : readUnits(meta, metaPath),
    preBalances: meta === null ? [] : lamports(meta.preBalances, at(metaPath, '.preBalances')),
    postBalances: meta === null ? [] : lamports(meta.postBalances, at(metaPath, '.postBalances')),
    preTokenBalances:
      meta === null
        ? []
        : tokenBalances(meta.preTokenBalances, accountKeys, at(metaPath, '.preTokenBalances')),
    postTokenBalances:
      meta === null
        ? []
        : tokenBalances(meta.postTokenBalances, accountKeys, at(metaPath, '.postTokenBalances')),
  };
  if (meta === null) transaction.metaMissing = true;
  return transaction;
}

function readUnits({ computeUnitsConsumed: units }: Raw, path: Path): bigint | null {
  return units === undefined || units === null
    ? null
    : BigInt(asCount(units, at(path, '.computeUnitsConsumed')));
}

/** The result of getTransaction: it says its own slot and time. */
export function normaliseTransactionResult(raw: unknown): SolanaTransaction {
  const result = asRecord(raw, 'result');
  const transactionIndex =
    result.transactionIndex === undefined ? 0 : asCount(result.transactionIndex, 'result.transactionIndex');
  return normaliseTransaction(
    result,
    {
      slot: asCount(result.slot, 'result.slot'),
      blockTime: asTime(result.blockTime, 'result.blockTime'),
      transactionIndex,
    },
    'result',
  );
}

export function loadedAddresses(meta: Raw, path: Path): readonly string[] {
  if (meta.loadedAddresses === undefined || meta.loadedAddresses === null) return [];
  const loaded = asRecord(meta.loadedAddresses, at(path, '.meta.loadedAddresses'));
  const read = (name: string) =>
    asOptionalList(loaded[name], at(path, `.meta.loadedAddresses.${name}`)).map((key, i) =>
      asString(key, path === null ? null : `${path}.meta.loadedAddresses.${name}[${i}]`),
    );
  return [...read('writable'), ...read('readonly')];
}

interface InnerInstruction {
  readonly body: InstructionBody;
  readonly stackHeight: number | null;
}

function innerInstructions(
  meta: Raw,
  accountKeys: readonly string[],
  path: Path,
): Map<number, readonly InnerInstruction[]> {
  const groups = new Map<number, InnerInstruction[]>();
  asOptionalList(meta.innerInstructions, at(path, '.innerInstructions')).forEach((item, g) => {
    const groupPath = path === null ? null : `${path}.innerInstructions[${g}]`;
    const group = asRecord(item, groupPath);
    const index = asCount(group.index, at(groupPath, '.index'));
    const list = groups.get(index) ?? [];
    asList(group.instructions, at(groupPath, '.instructions')).forEach((inner, i) => {
      const innerPath = groupPath === null ? null : `${groupPath}.instructions[${i}]`;
      const { stackHeight } = asRecord(inner, innerPath);
      list.push({
        body: instructionBody(inner, accountKeys, innerPath),
        stackHeight:
          stackHeight === undefined || stackHeight === null
            ? null
            : asCount(stackHeight, at(innerPath, '.stackHeight')),
      });
    });
    groups.set(index, list);
  });
  return groups;
}

function walk(
  outer: readonly InstructionBody[],
  inner: ReadonlyMap<number, readonly InnerInstruction[]>,
): NormalisedInstruction[] {
  const instructions: NormalisedInstruction[] = [];
  outer.forEach((body, o) => {
    instructions.push(
      new NormalisedInstruction(body, { outer: o, inner: -1, ordinal: instructions.length, stackHeight: 1 }),
    );
    inner.get(o)?.forEach(({ body: innerBody, stackHeight }, i) => {
      instructions.push(
        new NormalisedInstruction(innerBody, {
          outer: o,
          inner: i,
          ordinal: instructions.length,
          stackHeight,
        }),
      );
    });
  });
  return instructions;
}

function readLogs(meta: Raw, path: Path): readonly string[] | null {
  if (meta.logMessages === undefined || meta.logMessages === null) return null;
  return asList(meta.logMessages, at(path, '.logMessages')).map((line, i) =>
    typeof line === 'string' ? line : asString(line, `${path}.logMessages[${i}]`),
  );
}

function tokenBalances(value: unknown, accountKeys: readonly string[], path: Path): TokenBalance[] {
  return asOptionalList(value, path).map((item, i) => {
    const here = path === null ? null : `${path}[${i}]`;
    const raw = asRecord(item, here);
    const index = asCount(raw.accountIndex, at(here, '.accountIndex'));
    const amount = asRecord(raw.uiTokenAmount, at(here, '.uiTokenAmount'));
    return {
      account: asString(
        accountKeys[index],
        path === null ? null : `the account that ${here}.accountIndex names`,
      ),
      mint: asString(raw.mint, at(here, '.mint')),
      // Old nodes leave it out or give an empty string.
      owner: typeof raw.owner === 'string' && raw.owner !== '' ? raw.owner : null,
      amount: asAmount(amount.amount, at(here, '.uiTokenAmount.amount')),
      decimals: asCount(amount.decimals, at(here, '.uiTokenAmount.decimals')),
    };
  });
}
