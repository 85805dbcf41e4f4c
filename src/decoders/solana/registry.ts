/**
 * The decoder of Solana: composes what every program decoder says about a transaction into its canonical
 * events. To add a decoder: a folder with a `ProgramDecoder` and a line in `PROGRAM_DECODERS`.
 */
import type { SolanaTransaction, TokenBalance } from '../../chains/solana/transaction.js';
import type { DecodedTransaction, DecodeProblem } from '../../events/event.js';
import { createAnchorDecoder } from './anchor/anchor-decoder.js';
import { BUBBLEGUM } from './bubblegum/effects.js';
import { checkBalances } from './compose/balance-check.js';
import { composeEvents } from './compose/compose.js';
import { CORE } from './core/effects.js';
import type { DecodeContext, Draft, Emission, Finding, ProgramDecoder } from './decoder.js';
import type { Effect } from './effect.js';
import { completeFindings } from './findings.js';
import type { SolanaFollow } from './follow.js';
import { createMarketplaceDecoder } from './marketplaces/decoder.js';
import { type PrimarySale, readPrimarySales } from './marketplaces/primary-sale.js';
import { createSettlementDecoder } from './marketplaces/settlement.js';
import type { NftFactsMap } from './metadata/facts.js';
import { readNftEffects } from './metadata/nft-effects.js';
import { vouchForPrints } from './metadata/prints.js';
import {
  BUBBLEGUM_PROGRAM,
  CORE_PROGRAM,
  isTokenProgram,
  TOKEN_2022_PROGRAM,
  TOKEN_PROGRAM,
} from './programs.js';
import type { SolanaDecoder, SolanaDecoderOptions } from './solana-decoder.js';
import { readTokenEffects } from './spl-token/effects.js';
import { createNftScope } from './spl-token/nft-scope.js';
import { SPL_TOKEN } from './spl-token/plain-events.js';
import { createTokenAccounts } from './spl-token/token-accounts.js';
import { allEffects } from './system/all-effects.js';
import { createLamportReader, namesWrapped } from './system/lamports.js';
import { readEmissions } from './walk/emissions.js';
import { type AttributedLogs, createLogReader } from './walk/log-reader.js';
import { errorText, wrap } from './wrap.js';

/**
 * In this order: a later decoder sees the drafts of earlier ones, and the settlement decoder takes only what
 * they left.
 */
const PROGRAM_DECODERS: readonly ((follow: SolanaFollow) => ProgramDecoder)[] = [
  createAnchorDecoder,
  createMarketplaceDecoder,
  createSettlementDecoder,
];

const NONE: ReadonlyMap<string, bigint> = new Map();

/** @returns a decoder whose `keys` and results grow with `options.known` */
export function createSolanaDecoder(follow: SolanaFollow, options: SolanaDecoderOptions = {}): SolanaDecoder {
  const known = options.known ?? new Set<string>();
  const decoders = (options.programDecoders ?? PROGRAM_DECODERS).map((create) => create(follow));
  const tokens = new Map(follow.tokens.map(({ mint, decimals }) => [mint, decimals]));
  const programs = new Set(follow.programs.map(({ address }) => address));
  const voices = new Set([...follow.nfts.creators, ...follow.nfts.collections]);
  const { mints: mintsNamed, creators, collections, all } = follow.nfts;
  const named = new Set([...programs, ...tokens.keys(), ...mintsNamed, ...creators, ...collections]);
  for (const key of [...nftPrograms(), ...decoders.flatMap((decoder) => decoder.keys())]) named.add(key);
  const scope = createNftScope(follow, known);
  const tables = decoders.flatMap((decoder) => decoder.parts ?? []);
  const parts = [SPL_TOKEN, CORE, BUBBLEGUM, ...decoders, ...tables].map(({ name, version }) => ({
    name,
    version,
  }));

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
        ...nftPrograms(),
        ...known,
      ]),
    ];
  }

  function decodeWith(transaction: SolanaTransaction, findings?: Finding[]): DecodedTransaction | null {
    const problems: DecodeProblem[] = [];
    const result = (events: DecodedTransaction['events']): DecodedTransaction | null =>
      events.length === 0 && problems.length === 0 ? null : wrap(transaction, events, problems);
    try {
      if (transaction.metaMissing) {
        if (touches(transaction))
          problems.push({
            code: 'undecodable',
            message: 'the node kept no meta: nobody knows whether it succeeded',
          });
        return result([]);
      }
      if (!concerns(transaction)) return null;
      const unreadable = transaction.error === null ? undefined : errorText(transaction.error).problem;
      if (unreadable !== undefined) problems.push(unreadable);
      return result(eventsOf(transaction, problems, findings));
    } catch (error) {
      problems.push({ code: 'undecodable', message: error instanceof Error ? error.message : String(error) });
      return result([]);
    }
  }

  /** Asked only where something is wrong; decoding itself finds out from what the instructions did. */
  function touches(transaction: SolanaTransaction): boolean {
    const { slot, accountKeys, preTokenBalances, postTokenBalances } = transaction;
    const ours = (key: string) => named.has(key) || (all && isTokenProgram(key)) || known.has(key, slot);
    return (
      accountKeys.some(ours) || [...preTokenBalances, ...postTokenBalances].some(({ mint }) => ours(mint))
    );
  }

  /**
   * Most transactions of a block end here. A followed address stands among the accounts or, for token
   * accounts, in the balances, where an NFT is a token without decimals. Only where the node recorded no
   * balances does a call of a token program have to suffice.
   */
  function concerns({ slot, accountKeys, preTokenBalances, postTokenBalances }: SolanaTransaction): boolean {
    if (accountKeys.some((key) => named.has(key) || known.has(key, slot))) return true;
    const ours = ({ mint, decimals }: TokenBalance) => (decimals === 0 && followsNfts()) || tokens.has(mint);
    if (preTokenBalances.length + postTokenBalances.length > 0)
      return preTokenBalances.some(ours) || postTokenBalances.some(ours);
    return accountKeys.includes(TOKEN_PROGRAM) || accountKeys.includes(TOKEN_2022_PROGRAM);
  }

  /**
   * No account names a compressed NFT, only what Bubblegum writes: whoever follows NFTs has to read all of
   * Bubblegum.
   */
  function nftPrograms(): readonly string[] {
    if (all) return [CORE_PROGRAM, BUBBLEGUM_PROGRAM];
    return voices.size > 0 || mintsNamed.length > 0 ? [BUBBLEGUM_PROGRAM] : [];
  }

  function followsNfts(): boolean {
    const { mints, creators, collections, all } = follow.nfts;
    return all || known.size > 0 || mints.length + creators.length + collections.length > 0;
  }

  function eventsOf(
    transaction: SolanaTransaction,
    problems: DecodeProblem[],
    findings?: Finding[],
  ): DecodedTransaction['events'] {
    const failed = transaction.error !== null;
    const problem: DecodeContext['problem'] = (code, message) => void problems.push({ code, message });
    const called = new Set<string>();
    for (const { programId } of transaction.instructions) called.add(programId);
    const accounts = createTokenAccounts(transaction);
    const tokenEffects = readTokenEffects(transaction, accounts);
    const readLogs = createLogReader(transaction);
    const emissions = readFollowedEmissions(transaction, readLogs, called, problem);

    const balances = failed
      ? { residuals: [], found: [], unchecked: false }
      : checkBalances(transaction, tokenEffects, accounts, tokens);
    if (balances.unchecked)
      problem('unbalanced', 'the node recorded no token balances: movements could not be checked');
    for (const { token, account, delta } of balances.residuals)
      problem(
        'unbalanced',
        `balance of ${account} in ${token} changed by ${delta} more than its instructions say`,
      );
    for (const { instruction, message } of failed ? [] : tokenEffects.unreadable)
      if (
        instruction.accounts.some(
          (account) => tokens.has(account) || tokens.has(accounts.get(account).mint ?? ''),
        )
      )
        problem('undecodable', `token instruction ${instruction.ordinal}: ${message}`);

    const { mints } = tokenEffects;
    const nfts: NftFactsMap = new Map();
    const nft = readNftEffects(transaction, called, nfts, options.mintOf ?? (() => undefined));
    const { unreadable, unnamed, decompressed } = nft;
    // A failed call wrote no leaf. A leaf that cannot be read matters only where all NFTs are followed, or a
    // followed creator or collection takes part.
    for (const { instruction, message } of failed ? [] : unreadable)
      if (all || instruction.accounts.some((account) => voices.has(account)))
        problem('undecodable', `Bubblegum instruction ${instruction.ordinal}: ${message}`);
    for (const { metadata, voices: vouching } of failed ? [] : unnamed)
      if (vouching.some((voice) => voices.has(voice))) {
        options.unnamed?.(metadata);
        problem(
          'undecodable',
          `the NFT of metadata account ${metadata} was updated, and nothing in the transaction names its mint`,
        );
      }
    const moved =
      decompressed.size === 0
        ? [...tokenEffects.effects, ...nft.effects]
        : [
            ...tokenEffects.effects.filter(({ kind, asset }) => kind !== 'mint' || !decompressed.has(asset)),
            ...nft.effects,
          ];
    // Lamports only matter as a payment: they are read where an NFT changed hands or was minted, or a
    // followed program ran.
    const paid =
      moved.some(({ kind, decimals }) => (kind === 'transfer' || kind === 'mint') && decimals === 0) ||
      [...called].some((id) => programs.has(id));
    const lamports = paid ? createLamportReader(transaction, accounts) : null;
    const unwrapped = lamports && (namesWrapped(transaction) ? lamports().unwrapped : []);
    const effects = allEffects(transaction, moved, balances.found, unwrapped);
    const soldAtMint = failed ? new Map<Effect, PrimarySale>() : readPrimarySales(transaction, effects);
    vouchForPrints(nfts, soldAtMint, transaction);
    const earlier: Draft[] = [];
    const context: DecodeContext = {
      transaction,
      follow,
      failed,
      accounts,
      effects,
      soldAtMint,
      get direct() {
        return lamports?.().direct ?? NONE;
      },
      mints,
      nfts,
      emissions,
      problem,
      earlier,
      programs: called,
      logs: readLogs,
      logsTruncated: emissions.length > 0 && readLogs().logs.truncated,
      followsEffect: (effect) =>
        scope.isOurs(effect, mints.get(effect.asset), nfts.get(effect.asset), transaction),
      follows: (asset) => scope.follows(asset, nfts.get(asset), transaction),
      explain: findings && ((finding) => void findings.push(finding)),
    };
    for (const decoder of decoders) earlier.push(...draftsOf(decoder, context));
    return composeEvents(context, earlier, balances.residuals, tokens, scope);
  }

  /** A decoder that throws does not lose the others' events. */
  function draftsOf(decoder: ProgramDecoder, context: DecodeContext): readonly Draft[] {
    try {
      const drafts = decoder.decode(context);
      if (drafts.length > 0) options.observe?.(decoder.name, 'hit');
      else if (options.observe && [...context.programs].some((program) => decoder.reads?.has(program)))
        options.observe(decoder.name, 'miss');
      return drafts;
    } catch (error) {
      options.observe?.(decoder.name, 'error');
      context.problem(
        'undecodable',
        `${decoder.name}: ${error instanceof Error ? error.message : String(error)}`,
      );
      return [];
    }
  }

  function readFollowedEmissions(
    transaction: SolanaTransaction,
    readLogs: () => AttributedLogs,
    called: ReadonlySet<string>,
    problem: DecodeContext['problem'],
  ): readonly Emission[] {
    // A program that is not among the transaction's accounts can neither be called nor stand in its logs.
    if (programs.size === 0 || !transaction.accountKeys.some((key) => programs.has(key))) return [];
    const { emissions, logs, unattributed } = readEmissions(transaction, readLogs(), (program) =>
      programs.has(program),
    );
    const ourPrograms = [...called].some((programId) => programs.has(programId));
    if (logs.truncated && ourPrograms)
      problem('logs-truncated', 'the node cut the logs off: events of followed programs may be missing');
    if (logs.broken && ourPrograms)
      problem(
        'undecodable',
        'the invocation stack in the logs does not close: events of followed programs may be missing',
      );
    for (const program of unattributed)
      if (programs.has(program))
        problem('undecodable', `a call of ${program} in the logs has no instruction in the walk`);
    return emissions;
  }

  function explain(transaction: SolanaTransaction): ReturnType<SolanaDecoder['explain']> {
    const findings: Finding[] = [];
    const decoded = decodeWith(transaction, findings);
    completeFindings(findings, decoded?.events ?? []);
    return { decoded, findings };
  }

  return { parts, keys, decode: (transaction) => decodeWith(transaction), explain };
}
