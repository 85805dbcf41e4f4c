/** One transaction of a getBlock or getTransaction answer → SolanaTransaction. */

import type { Building } from '../../../events/building.js';
import {
  asCount,
  asList,
  asObject,
  asOptional,
  asOptionalList,
  asRoundedCount,
  asText,
  type Raw,
  readAtDoor,
  wrongType,
} from '../../../runtime/untrusted.js';
import type { SolanaTransaction, TokenBalance } from '../transaction.js';
import { asLamports, asTokenUnits, loadedAddresses, wrongAnswer } from './fields.js';
import { type InstructionBody, NormalisedInstruction } from './instruction.js';
import { instructionBody, messageOf } from './message.js';

export interface TransactionPlace {
  readonly slot: number;
  readonly blockTime: number | null;
  readonly transactionIndex: number;
}

/**
 * Normalises one transaction of a node's answer.
 * @param raw an element of a block's `transactions` or the result of getTransaction, in `json`: the encoding
 * that nodes are asked for. Recorded documents in another are converted first (readers/solana/recorded/).
 * @param path names `raw` in errors
 * @returns with `metaMissing` when the node kept no `meta`: nobody knows whether the transaction succeeded
 * @throws NdxError RPC_BAD_RESPONSE naming the path of what is missing or of a wrong type
 */
export function normaliseTransaction(
  raw: unknown,
  place: TransactionPlace,
  path = 'transaction',
): SolanaTransaction {
  return readAtDoor(
    raw,
    (value, holder, key) => read(asObject(value, holder, key), place),
    wrongAnswer(path),
  );
}

function read(entry: Raw, place: TransactionPlace): SolanaTransaction {
  const meta = asOptional(entry.meta, entry, 'meta', asObject);
  const message = messageOf(entry, meta === null ? [] : loadedAddresses(meta));
  const { accountKeys } = message;
  // Written out field by field: a spread copies the object, which costs more than reading so many fields.
  const transaction: Building<SolanaTransaction> = {
    slot: place.slot,
    blockTime: place.blockTime,
    transactionIndex: place.transactionIndex,
    signature: message.signature,
    version: message.version,
    accountKeys,
    signerCount: message.signerCount,
    instructions: walk(message.outer, meta === null ? new Map() : innerInstructions(meta, accountKeys)),
    logs: meta === null ? null : readLogs(meta),
    error: meta === null ? { metaMissing: true } : (meta.err ?? null),
    fee: meta === null ? 0n : BigInt(asRoundedCount(meta.fee, meta, 'fee')),
    computeUnits: meta === null ? null : readUnits(meta),
    preBalances: meta === null ? [] : asLamports(meta.preBalances, meta, 'preBalances'),
    postBalances: meta === null ? [] : asLamports(meta.postBalances, meta, 'postBalances'),
    preTokenBalances: meta === null ? [] : tokenBalances(meta, 'preTokenBalances', accountKeys),
    postTokenBalances: meta === null ? [] : tokenBalances(meta, 'postTokenBalances', accountKeys),
  };
  if (meta === null) transaction.metaMissing = true;
  return transaction;
}

function readUnits(meta: Raw): bigint | null {
  const units = asOptional(meta.computeUnitsConsumed, meta, 'computeUnitsConsumed', asRoundedCount);
  return units === null ? null : BigInt(units);
}

interface InnerInstruction {
  readonly body: InstructionBody;
  readonly stackHeight: number | null;
}

/** Inner instructions by the index of the outer instruction that called them. */
function innerInstructions(
  meta: Raw,
  accountKeys: readonly string[],
): Map<number, readonly InnerInstruction[]> {
  const byOuter = new Map<number, InnerInstruction[]>();
  const groups = asOptionalList(meta.innerInstructions, meta, 'innerInstructions');
  for (let g = 0; g < groups.length; g++) {
    const group = asObject(groups[g], groups, g);
    const index = asCount(group.index, group, 'index');
    const list = byOuter.get(index) ?? [];
    const instructions = asList(group.instructions, group, 'instructions');
    for (let i = 0; i < instructions.length; i++) {
      const raw = asObject(instructions[i], instructions, i);
      list.push({
        body: instructionBody(raw, accountKeys),
        stackHeight: asOptional(raw.stackHeight, raw, 'stackHeight', asCount),
      });
    }
    byOuter.set(index, list);
  }
  return byOuter;
}

/**
 * The fixed walk of a transaction: each outer instruction, then its inner ones. `ordinal` counts along it.
 */
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

/** null: the node kept none. */
function readLogs(meta: Raw): readonly string[] | null {
  if (meta.logMessages === undefined || meta.logMessages === null) return null;
  const list = asList(meta.logMessages, meta, 'logMessages');
  const lines: string[] = new Array(list.length);
  for (let i = 0; i < list.length; i++) lines[i] = asText(list[i], list, i);
  return lines;
}

function tokenBalances(
  meta: Raw,
  name: 'preTokenBalances' | 'postTokenBalances',
  accountKeys: readonly string[],
): TokenBalance[] {
  const list = asOptionalList(meta[name], meta, name);
  const balances: TokenBalance[] = new Array(list.length);
  for (let i = 0; i < list.length; i++) balances[i] = tokenBalance(asObject(list[i], list, i), accountKeys);
  return balances;
}

function tokenBalance(raw: Raw, accountKeys: readonly string[]): TokenBalance {
  const account = accountKeys[asCount(raw.accountIndex, raw, 'accountIndex')];
  if (account === undefined)
    throw wrongType(raw.accountIndex, raw, 'accountIndex', `an index below ${accountKeys.length}`);
  const amount = asObject(raw.uiTokenAmount, raw, 'uiTokenAmount');
  return {
    account,
    mint: asText(raw.mint, raw, 'mint'),
    // Old nodes leave it out or give an empty string.
    owner: typeof raw.owner === 'string' && raw.owner !== '' ? raw.owner : null,
    amount: asTokenUnits(amount.amount, amount, 'amount'),
    decimals: asCount(amount.decimals, amount, 'decimals'),
  };
}
