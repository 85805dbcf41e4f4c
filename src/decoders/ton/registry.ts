/**
 * The decoder of TON: composes what every part says about a transaction. To add a part: a folder with a
 * `TonPart` and a line here.
 */
import type { TonInput, TonTransaction } from '../../chains/ton/transaction.js';
import type { ChainEvent, DecodedTransaction, DecodeProblem } from '../../events/event.js';
import { eventIndex } from '../../events/position.js';
import { createContext, type TonContext } from './context.js';
import type { ContractFacts, FactNeed } from './contract-facts.js';
import type { TonDecoder, TonDecoderOptions, TonDecoding, TonFinding, TonOutcome } from './decoder.js';
import type { TonFollow } from './follow.js';
import { createJettonPart } from './jetton/jetton.js';
import type { JettonProtocol } from './jetton/protocol.js';
import { FRAGMENT_ITEM } from './nft/fragment.js';
import { NFT_ITEM } from './nft/item.js';
import type { Fact, TonPart } from './part.js';
import { JETTON_SALES } from './sales/jetton-sale.js';
import { SALE_PRICE } from './sales/reprice.js';
import { createBemo } from './staking/bemo.js';
import { createConfiguredStaking } from './staking/configured.js';
import { createHipo } from './staking/hipo.js';
import { JVAULT } from './staking/jvault.js';
import { NOMINATORS } from './staking/nominators.js';
import { createTonstakers } from './staking/tonstakers.js';
import { WALLET_ATTEMPTS } from './wallet/attempts.js';

const LIQUID = { bemo: createBemo, hipo: createHipo };

function configuredLiquid(follow: TonFollow): readonly JettonProtocol[] {
  const kinds = new Set(follow.liquidStaking?.map(({ kind }) => kind));
  return (['bemo', 'hipo'] as const).filter((kind) => kinds.has(kind)).map((kind) => LIQUID[kind](follow));
}

/**
 * @throws Error when the configuration contradicts itself (a staking contract whose jetton is not followed)
 */
export function createTonDecoder(follow: TonFollow, { observe }: TonDecoderOptions = {}): TonDecoder {
  // Configured contracts come first: such a contract is read by its configured layout alone.
  // Only where one is followed: a part that says nothing would make what was read without it stale.
  const liquid = [createTonstakers(follow), ...configuredLiquid(follow)];
  const staking = [createConfiguredStaking(follow), JVAULT, ...liquid, NOMINATORS];
  const jettons = createJettonPart([...staking, JETTON_SALES]);
  const parts: readonly TonPart[] = [
    jettons,
    NFT_ITEM,
    FRAGMENT_ITEM,
    SALE_PRICE,
    ...staking,
    WALLET_ATTEMPTS,
    JETTON_SALES,
  ];

  function decode(input: TonInput, facts: ContractFacts, findings?: TonFinding[]): TonDecoding {
    const needs = new Map<string, FactNeed>();
    const problems: DecodeProblem[] = [];
    const doubts = new Set<string>();
    const note = observe || findings ? (reason: string) => void doubts.add(reason) : undefined;
    const context = createContext(input, { follow, facts, needs, problems, note });
    const told = parts.map((part) => {
      doubts.clear();
      const { events, outcome } = eventsOf(part, context);
      for (const reason of doubts) findings?.push({ decoder: part.name, verdict: 'near', reason });
      const seen: TonOutcome | null = outcome ?? (doubts.size > 0 ? 'miss' : null);
      return { part, events, outcome: seen };
    });
    if (needs.size > 0) return { transaction: null, needs: [...needs.values()] };
    for (const { part, outcome } of told) if (outcome !== null) observe?.(part.name, outcome);
    const events = told.flatMap((one) => one.events);
    if (events.length === 0 && problems.length === 0) return { transaction: null, needs: [] };
    return { transaction: wrap(input, events, problems), needs: [] };
  }

  return {
    parts: parts.map(({ name, version }) => ({ name, version })),
    decode: (input, facts) => decode(input, facts),
    explain(input, facts) {
      const findings: TonFinding[] = [];
      const decoding = decode(input, facts, findings);
      const matched = (decoding.transaction?.events ?? []).map(
        ({ decoder, kind, outcome, asset }): TonFinding => {
          const reason = `${outcome === 'failed' ? 'failed ' : ''}${kind} of ${asset.kind} ${asset.address}`;
          return { decoder, verdict: 'matched', reason };
        },
      );
      const all = [...matched, ...findings];
      const none: TonFinding = {
        decoder: 'scope',
        verdict: 'near',
        reason: 'no contract and no message that a decoder reads',
      };
      return { ...decoding, findings: all.length > 0 ? all : [none] };
    },
  };
}

interface Told {
  readonly events: readonly ChainEvent[];
  /** null: it has nothing to do with the part, or nothing was believed. */
  readonly outcome: 'hit' | 'error' | null;
}

/** A part that throws does not lose the others' events. */
function eventsOf(part: TonPart, context: TonContext): Told {
  try {
    const events = part.decode(context).map((fact) => finish(part, fact));
    return { events, outcome: events.length > 0 ? 'hit' : null };
  } catch (error) {
    context.problem('undecodable', `${part.name}: ${error instanceof Error ? error.message : String(error)}`);
    return { events: [], outcome: 'error' };
  }
}

function finish({ name, version, slot }: TonPart, { place = 0, ...fact }: Fact): ChainEvent {
  return { ...fact, eventIndex: eventIndex(place, slot), decoder: name, decoderVersion: version };
}

function wrap(
  { transaction, ancestors }: TonInput,
  events: readonly ChainEvent[],
  problems: readonly DecodeProblem[],
): DecodedTransaction {
  const root = ancestors.at(-1) ?? transaction;
  const failed =
    events.length > 0 ? events.every(({ outcome }) => outcome === 'failed') : transaction.aborted;
  const error = errorOf(transaction);
  return {
    chain: 'ton',
    block: transaction.block,
    blockTime: transaction.now,
    transactionIndex: transaction.transactionIndex,
    transactionHash: transaction.hash,
    outcome: failed ? 'failed' : 'ok',
    ...(failed && error !== null && { error }),
    ...(rootsTrace(root) && { signer: root.account }),
    networkFee: transaction.totalFees,
    ...(transaction.compute !== null && { gasUsed: transaction.compute.gasUsed }),
    aliases: aliasesOf(transaction, root),
    events: [...events].sort((a, b) => a.eventIndex - b.eventIndex),
    ...(problems.length > 0 && { problems }),
  };
}

/** Whether this transaction is the root of its trace: an external message began it. */
function rootsTrace({ inMessage }: TonTransaction): boolean {
  return inMessage?.kind === 'external-in';
}

/**
 * Hash of the trace's root transaction, and of the external message that began it, as sent and normalised
 * (TEP-467): explorers show any of these.
 */
function aliasesOf(transaction: TonTransaction, root: TonTransaction): string[] {
  if (!rootsTrace(root)) return root.inMessage === null && root !== transaction ? [root.hash] : [];
  const names = [root.hash, root.inMessage?.hash ?? '', root.inMessage?.normalisedHash() ?? ''];
  return [...new Set(names)].filter((name) => name !== '' && name !== transaction.hash);
}

function errorOf({ compute, action, aborted }: TonTransaction): string | null {
  if (compute?.skipped) return JSON.stringify({ phase: 'compute', skipped: true });
  if (compute !== null && !compute.success)
    return JSON.stringify({ phase: 'compute', exitCode: compute.exitCode });
  if (action !== null && !action.success)
    return JSON.stringify({ phase: 'action', resultCode: action.resultCode });
  return aborted ? JSON.stringify({ aborted: true }) : null;
}
