/**
 * Reads the values of a mapping: from event fields, owners of token accounts, accounts of the instruction,
 * constants.
 */
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';
import { ownerOfAssociated } from '../address/derive.js';
import type { DecodeContext } from '../decoder.js';
import { discriminatorOf } from '../discriminator.js';
import type { ValueSource } from '../follow.js';
import type { BorshValue } from './borsh.js';
import type { ProgramLayout } from './layouts.js';

/** The mapping asks for a value that the transaction does not hold in that form. */
export class ValueMissing extends Error {}

/** Every method throws ValueMissing when the transaction does not hold the value. */
export interface ValueReader {
  /** The wallet; `account` is the token account that named it, else the wallet again. */
  party(source: ValueSource): { readonly wallet: string; readonly account: string };
  text(source: ValueSource): string;
  /** @throws ValueMissing when it is no whole number from 0 on */
  amount(source: ValueSource): bigint;
  number(source: ValueSource): number;
}

export function createValueReader(
  fields: ReadonlyMap<string, BorshValue>,
  program: ProgramLayout,
  instruction: SolanaInstruction,
  { accounts, follow }: Pick<DecodeContext, 'accounts' | 'follow'>,
): ValueReader {
  function field(name: string): BorshValue {
    const value = fields.get(name);
    if (value === undefined || value === null) throw new ValueMissing(`the event has no value ${name}`);
    return value;
  }

  function account(name: string): string {
    const layout = program.instructions.get(discriminatorOf(instruction.data) ?? '');
    const index = layout?.accounts.findIndex((candidate) => candidate.name === name) ?? -1;
    const found = index < 0 ? undefined : instruction.accounts[index];
    if (found === undefined)
      throw new ValueMissing(`the instruction that emitted the event has no account ${name}`);
    return found;
  }

  function value(source: ValueSource): BorshValue | number {
    if ('field' in source) return field(source.field);
    if ('account' in source) return account(source.account);
    if ('ownerOf' in source) return party(source).wallet;
    return source.value;
  }

  function party(source: ValueSource): { wallet: string; account: string } {
    if (!('ownerOf' in source)) {
      const wallet = text(source);
      return { wallet, account: wallet };
    }
    const tokenAccount = String(field(source.ownerOf));
    const wallet = accounts.walletOf(tokenAccount) ?? derivedFor(tokenAccount);
    if (wallet === undefined)
      throw new ValueMissing(
        `nothing in the transaction says who owns the token account ${tokenAccount} (${source.ownerOf})`,
      );
    return { wallet, account: tokenAccount };
  }

  /**
   * The owner of a token account in which no token moved, or that does not exist yet: the wallet among the
   * instruction's accounts from which it is derived.
   */
  function derivedFor(tokenAccount: string): string | undefined {
    for (const { mint } of follow.tokens) {
      const wallet = ownerOfAssociated(tokenAccount, instruction.accounts, mint);
      if (wallet !== undefined) return wallet;
    }
    return undefined;
  }

  function text(source: ValueSource): string {
    const found = value(source);
    if (typeof found === 'object') throw new ValueMissing('a list stands where a text is needed');
    return String(found);
  }

  function amount(source: ValueSource): bigint {
    const found = value(source);
    if (typeof found === 'number' && Number.isSafeInteger(found) && found >= 0) return BigInt(found);
    if (typeof found !== 'bigint' || found < 0n)
      throw new ValueMissing('an amount is negative or no whole number');
    return found;
  }

  return {
    party,
    text,
    amount,
    number: (source) => {
      const found = Number(value(source));
      if (!Number.isFinite(found)) throw new ValueMissing('a number is none');
      return found;
    },
  };
}

/** Whether an event field has the value of the mapping's `when`. Integers are compared by value. */
export function holds(value: BorshValue | undefined, expected: string | number | boolean): boolean {
  if (value === undefined || value === null || Array.isArray(value)) return false;
  return typeof value === 'bigint' ? value.toString() === String(expected) : value === expected;
}
