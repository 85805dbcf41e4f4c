/**
 * The decoder of Solana: what every program decoder says of a transaction, composed into its canonical events.
 * Adding a decoder: a folder with a `ProgramDecoder` and a line in `PROGRAM_DECODERS`.
 */
import type { SolanaTransaction } from '../../chains/solana/transaction.js';
import type { DecodedTransaction, DecodeProblem } from '../../events/event.js';
import { toJson } from '../../events/json.js';
import { createAnchorDecoder } from './anchor/anchor-decoder.js';
import { checkBalances } from './compose/balance-check.js';
import { composeEvents } from './compose/compose.js';
import type { DecodeContext, ProgramDecoder } from './decoder.js';
import type { Effect } from './effect.js';
import type { SolanaFollow } from './follow.js';
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from './programs.js';
import { readTokenEffects } from './spl-token/effects.js';
import { createNftScope } from './spl-token/nft-scope.js';
import { SPL_TOKEN } from './spl-token/plain-events.js';
import { createTokenAccounts } from './spl-token/token-accounts.js';
import { readLamportTransfer } from './system/effects.js';
import { readEmissions } from './walk/emissions.js';

const PROGRAM_DECODERS: readonly ((follow: SolanaFollow) => ProgramDecoder)[] = [createAnchorDecoder];

export interface SolanaDecoder {
  /** Names and versions: part of the fingerprint under which blocks count as covered. */
  readonly parts: readonly { readonly name: string; readonly version: number }[];
  /**
   * Base58 addresses; only a transaction that names one of them (as account, loaded account or token mint) can be ours.
   * Grows with `known`: ask again when that set grew.
   */
  keys(): string[];
  /** null: nothing of ours and nothing wrong. Never throws, whatever the transaction holds. */
  decode(transaction: SolanaTransaction): DecodedTransaction | null;
}

export interface SolanaDecoderOptions {
  /**
   * NFTs minted by followed creators, as the ledger knows them so far. A later transfer of one does not name its creator, so whoever
   * reads the chain keeps this set filled (from the ledger, and from the mint events as they are decoded).
   */
  readonly known?: ReadonlySet<string>;
  /** For tests: other program decoders. */
  readonly programDecoders?: readonly ((follow: SolanaFollow) => ProgramDecoder)[];
}

export function createSolanaDecoder(follow: SolanaFollow, options: SolanaDecoderOptions = {}): SolanaDecoder {
  const known = options.known ?? new Set<string>();
  const decoders = (options.programDecoders ?? PROGRAM_DECODERS).map((create) => create(follow));
  const tokens = new Map(follow.tokens.map(({ mint, decimals }) => [mint, decimals]));
  const programs = new Set(follow.programs.map(({ address }) => address));
  const scope = createNftScope(follow, known);
  const parts = [SPL_TOKEN, ...decoders].map(({ name, version }) => ({ name, version }));

  function keys(): string[] {
    const { mints, creators, collections, all } = follow.nfts;
    const standards = all ? [TOKEN_PROGRAM, TOKEN_2022_PROGRAM] : [];
    return [
      ...new Set([
        ...decoders.flatMap((decoder) => decoder.keys()),
        ...tokens.keys(),
        ...mints,
        ...creators,
        ...collections,
        ...standards,
        ...known,
      ]),
    ];
  }

  function decode(transaction: SolanaTransaction): DecodedTransaction | null {
    const problems: DecodeProblem[] = [];
    const result = (events: DecodedTransaction['events']): DecodedTransaction | null =>
      events.length === 0 && problems.length === 0 ? null : wrap(transaction, events, problems);
    try {
      if (transaction.metaMissing) {
        if (touches(transaction))
          problems.push({ code: 'undecodable', message: 'the node kept no meta: nobody knows whether it succeeded' });
        return result([]);
      }
      return result(eventsOf(transaction, problems));
    } catch (error) {
      problems.push({ code: 'undecodable', message: error instanceof Error ? error.message : String(error) });
      return result([]);
    }
  }

  /** Asked only where something is wrong: decoding itself finds out by what the instructions do. */
  function touches(transaction: SolanaTransaction): boolean {
    const ours = new Set(keys());
    return (
      transaction.accountKeys.some((key) => ours.has(key)) ||
      [...transaction.preTokenBalances, ...transaction.postTokenBalances].some(({ mint }) => ours.has(mint))
    );
  }

  function eventsOf(transaction: SolanaTransaction, problems: DecodeProblem[]): DecodedTransaction['events'] {
    const failed = transaction.error !== null;
    const problem: DecodeContext['problem'] = (code, message) => void problems.push({ code, message });
    const accounts = createTokenAccounts(transaction);
    const tokenEffects = readTokenEffects(transaction, accounts);
    const { emissions, logs, unattributed } = readEmissions(transaction, (program) => programs.has(program));
    const ourPrograms = transaction.instructions.some(({ programId }) => programs.has(programId));
    if (logs.truncated && ourPrograms) problem('logs-truncated', 'the node cut the logs off: events of followed programs may be missing');
    if (logs.broken && ourPrograms)
      problem('undecodable', 'the invocation stack in the logs does not close: events of followed programs may be missing');
    for (const program of unattributed)
      if (programs.has(program)) problem('undecodable', `a call of ${program} in the logs has no instruction in the walk`);

    const balances = failed ? { residuals: [], found: [], unchecked: false } : checkBalances(transaction, tokenEffects, accounts, tokens);
    if (balances.unchecked) problem('unbalanced', 'the node recorded no token balances: movements could not be checked');
    for (const { token, account, delta } of balances.residuals)
      problem('unbalanced', `balance of ${account} in ${token} changed by ${delta} more than its instructions say`);
    const effects = allEffects(transaction, tokenEffects.effects, balances.found);
    for (const { instruction, message } of failed ? [] : tokenEffects.unreadable)
      if (instruction.accounts.some((account) => tokens.has(account) || tokens.has(accounts.get(account).mint ?? '')))
        problem('undecodable', `token instruction ${instruction.ordinal}: ${message}`);

    const { mints } = tokenEffects;
    const context: DecodeContext = {
      transaction,
      follow,
      failed,
      accounts,
      effects,
      mints,
      emissions,
      logsTruncated: logs.truncated,
      problem,
    };
    const drafts = decoders.flatMap((decoder) => decoder.decode(context));
    return composeEvents(context, drafts, balances.residuals, tokens, scope);
  }

  return { parts, keys, decode };
}

function allEffects(transaction: SolanaTransaction, token: readonly Effect[], found: readonly Effect[]): Effect[] {
  const lamports = transaction.instructions.map(readLamportTransfer).filter((effect) => effect !== null);
  return [...token, ...found, ...lamports].sort((a, b) => a.ordinal - b.ordinal || a.slot - b.slot);
}

function wrap(
  transaction: SolanaTransaction,
  events: DecodedTransaction['events'],
  problems: readonly DecodeProblem[],
): DecodedTransaction {
  const failed = transaction.error !== null;
  const [signer] = transaction.accountKeys;
  return {
    chain: 'solana',
    block: transaction.slot,
    blockTime: transaction.blockTime,
    transactionIndex: transaction.transactionIndex,
    transactionHash: transaction.signature,
    outcome: failed ? 'failed' : 'ok',
    ...(failed && { error: JSON.stringify(toJson(transaction.error)) }),
    ...(signer !== undefined && { signer }),
    networkFee: transaction.fee,
    ...(transaction.computeUnits !== null && { gasUsed: transaction.computeUnits }),
    events,
    ...(problems.length > 0 && { problems }),
  };
}
