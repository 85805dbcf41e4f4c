/**
 * Reads all token instructions of a transaction, in order, as effects, and what they show about the mints.
 */
import type { SolanaInstruction, SolanaTransaction } from '../../../chains/solana/transaction.js';
import type { Building } from '../../../events/building.js';
import type { Effect, EffectParty } from '../effect.js';
import { isTokenProgram, TOKEN_2022_PROGRAM } from '../programs.js';
import { readTokenOperations, type TokenOperation } from './layout.js';
import type { TokenAccounts } from './token-accounts.js';

export interface MintFacts {
  /** Initialised in this transaction: its supply began at 0. */
  created: boolean;
  /** The mint authority was removed in this transaction. */
  sealed: boolean;
  /** Who could mint: from InitializeMint or from the mint instruction. */
  authority: string | undefined;
  /** Largest amount in any instruction or balance of the transaction, in base units. */
  largest: bigint;
  /** Units minted in this transaction. */
  minted: bigint;
  decimals: number | undefined;
}

export interface TokenEffects {
  readonly effects: Effect[];
  readonly mints: ReadonlyMap<string, MintFacts>;
  /** Token-2022 transfers whose fee no instruction names. */
  readonly feeUnknown: ReadonlySet<Effect>;
  /** Payouts of withheld fees whose amount only the balances show. */
  readonly withdrawals: readonly {
    readonly ordinal: number;
    readonly slot: number;
    readonly mint: string;
    readonly destination: EffectParty;
  }[];
  /** Instructions that could not be read. */
  readonly unreadable: readonly { readonly instruction: SolanaInstruction; readonly message: string }[];
}

/** Instructions that cannot be read are listed in `unreadable`. Updates the running state in `accounts`. */
export function readTokenEffects(transaction: SolanaTransaction, accounts: TokenAccounts): TokenEffects {
  const effects: Effect[] = [];
  const mints = new Map<string, MintFacts>();
  const feeUnknown = new Set<Effect>();
  const withdrawals: { ordinal: number; slot: number; mint: string; destination: EffectParty }[] = [];
  const unreadable: { instruction: SolanaInstruction; message: string }[] = [];

  const factsOf = (mint: string): MintFacts => {
    const found = mints.get(mint);
    if (found !== undefined) return found;
    const facts: MintFacts = {
      created: false,
      sealed: false,
      authority: undefined,
      largest: 0n,
      minted: 0n,
      decimals: accounts.decimalsOf(mint),
    };
    for (const balances of [transaction.preTokenBalances, transaction.postTokenBalances])
      for (const balance of balances)
        if (balance.mint === mint && balance.amount > facts.largest) facts.largest = balance.amount;
    mints.set(mint, facts);
    return facts;
  };
  const party = (account: string): EffectParty => ({ account, owner: accounts.ownerOf(account) });
  const push = (effect: Effect): void => {
    effects.push(effect);
    const facts = factsOf(effect.asset);
    if (effect.amount > facts.largest) facts.largest = effect.amount;
  };
  const decimalsOf = (mint: string, named: number | undefined): number =>
    named ?? accounts.decimalsOf(mint) ?? 0;
  const claimOwner = (account: string, authority: string | undefined): void => {
    const state = accounts.get(account);
    if (state.owner === undefined && authority !== undefined) state.owner = authority;
  };

  const effectOf = (
    kind: Effect['kind'],
    asset: string,
    operation: {
      readonly amount: bigint;
      readonly decimals?: number;
      readonly authority: string | undefined;
    },
    ordinal: number,
    slot: number,
  ): Building<Effect> => {
    const decimals = decimalsOf(asset, operation.decimals);
    const effect: Building<Effect> = {
      ordinal,
      slot,
      kind,
      asset,
      decimals,
      amount: operation.amount,
      withheld: 0n,
      cause: 'instruction',
    };
    if (operation.authority !== undefined) effect.authority = operation.authority;
    return effect;
  };

  function apply(operation: TokenOperation, instruction: SolanaInstruction, slot: number): void {
    const { ordinal } = instruction;
    switch (operation.op) {
      case 'initialize-mint': {
        accounts.learnDecimals(operation.mint, operation.decimals);
        const facts = factsOf(operation.mint);
        facts.created = true;
        facts.decimals = operation.decimals;
        facts.authority = operation.mintAuthority;
        return;
      }
      case 'set-mint-authority': {
        if (operation.authority === null) factsOf(operation.mint).sealed = true;
        return;
      }
      case 'initialize-account': {
        const state = accounts.get(operation.account);
        state.mint = operation.mint;
        state.owner = operation.owner;
        return;
      }
      case 'close': {
        claimOwner(operation.account, operation.authority);
        const state = accounts.get(operation.account);
        state.amount = 0n;
        return;
      }
      case 'set-owner': {
        claimOwner(operation.account, operation.authority);
        const state = accounts.get(operation.account);
        const source = party(operation.account);
        if (operation.owner === null) return;
        state.owner = operation.owner;
        if (state.mint === undefined || state.amount === 0n) return;
        const effect = effectOf(
          'transfer',
          state.mint,
          { amount: state.amount, authority: operation.authority },
          ordinal,
          slot,
        );
        effect.source = source;
        effect.destination = { account: operation.account, owner: operation.owner };
        effect.cause = 'owner';
        push(effect);
        return;
      }
      case 'transfer': {
        claimOwner(operation.source, operation.authority);
        const source = accounts.get(operation.source);
        const destination = accounts.get(operation.destination);
        const mint = operation.mint ?? source.mint ?? destination.mint;
        if (mint === undefined) return;
        source.mint ??= mint;
        destination.mint ??= mint;
        const withheld = operation.fee ?? 0n;
        const effect = effectOf('transfer', mint, operation, ordinal, slot);
        effect.source = party(operation.source);
        effect.destination = party(operation.destination);
        effect.withheld = withheld;
        push(effect);
        if (instruction.programId === TOKEN_2022_PROGRAM && operation.fee === undefined)
          feeUnknown.add(effect);
        source.amount -= operation.amount;
        destination.amount += operation.amount - withheld;
        return;
      }
      case 'mint': {
        const destination = accounts.get(operation.destination);
        destination.mint ??= operation.mint;
        const facts = factsOf(operation.mint);
        facts.authority = operation.authority ?? facts.authority;
        facts.minted += operation.amount;
        facts.decimals ??= operation.decimals;
        const effect = effectOf('mint', operation.mint, operation, ordinal, slot);
        effect.destination = party(operation.destination);
        push(effect);
        destination.amount += operation.amount;
        return;
      }
      case 'burn': {
        claimOwner(operation.source, operation.authority);
        const source = accounts.get(operation.source);
        source.mint ??= operation.mint;
        const effect = effectOf('burn', operation.mint, operation, ordinal, slot);
        effect.source = party(operation.source);
        push(effect);
        source.amount -= operation.amount;
        return;
      }
      case 'withdraw-withheld':
        withdrawals.push({ ordinal, slot, mint: operation.mint, destination: party(operation.destination) });
        return;
    }
  }

  for (const instruction of transaction.instructions) {
    if (!isTokenProgram(instruction.programId)) continue;
    try {
      readTokenOperations(instruction.data, instruction.accounts).forEach((operation, slot) => {
        apply(operation, instruction, slot);
      });
    } catch (error) {
      unreadable.push({ instruction, message: error instanceof Error ? error.message : String(error) });
    }
  }
  return { effects, mints, feeUnknown, withdrawals, unreadable };
}
