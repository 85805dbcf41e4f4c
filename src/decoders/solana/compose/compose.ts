/**
 * Turns the drafts and effects of one transaction into its events: claims, prices, movements, and what no
 * draft explains.
 */
import type { Building } from '../../../events/building.js';
import type { ChainEvent, Movement } from '../../../events/event.js';
import type { DecodeContext, Draft } from '../decoder.js';
import { type Effect, movementsOf } from '../effect.js';
import type { NftScope } from '../spl-token/nft-scope.js';
import { plainEvent, SPL_TOKEN } from '../spl-token/plain-events.js';
import type { Residual } from './balance-check.js';
import { type Claimed, claimEffects } from './claims.js';
import { residualEvents } from './residual-events.js';

/**
 * @param residuals balance changes that no instruction explains; each becomes an event of its own
 * @param tokens followed mints with their decimals
 * @returns the events in the order of `eventIndex`
 */
export function composeEvents(
  context: DecodeContext,
  drafts: readonly Draft[],
  residuals: readonly Residual[],
  tokens: ReadonlyMap<string, number>,
  scope: NftScope,
): ChainEvent[] {
  const { transaction, effects, mints, nfts, follow } = context;
  const { claimed, left } = claimEffects(drafts, effects, transaction.instructions);
  const events = claimed.map((item) => finish(item, context, tokens));
  const plain = (effect: Effect): Building<ChainEvent> | null =>
    plainEvent(effect, mints.get(effect.asset), nfts.get(effect.asset), transaction, follow, scope);
  const locks: Effect[] = [];
  for (const effect of left) {
    if (onlyLocks(effect)) {
      locks.push(effect);
      continue;
    }
    const event = plain(effect);
    if (event === null) continue;
    const sale =
      event.kind === 'mint' && event.asset.kind === 'nft' ? context.soldAtMint.get(effect) : undefined;
    if (sale !== undefined) {
      event.from = sale.seller;
      if (sale.facts.price !== undefined) event.price = sale.facts.price;
      if (sale.facts.details !== undefined) event.details = sale.facts.details;
    }
    events.push(event);
  }
  // After all others, of which one may be the move that a lock belongs to.
  for (const effect of locks) {
    const place = lastOf(events, effect.asset);
    const moved = events[place];
    const event = moved === undefined ? plain(effect) : null;
    if (moved !== undefined) events[place] = { ...moved, nft: { ...moved.nft, ...effect.says } };
    else if (event !== null) events.push(event);
  }
  if (residuals.length > 0) {
    const base = { outcome: 'ok' as const, decoder: SPL_TOKEN.name, decoderVersion: SPL_TOKEN.version };
    events.push(...residualEvents(residuals, transaction.accountKeys, base));
  }
  return events.sort((a, b) => a.eventIndex - b.eventIndex);
}

/** Whether the effect only locks an NFT or frees it. */
function onlyLocks({ says, change }: Effect): boolean {
  return says?.state !== undefined && Object.keys({ ...says, ...change }).length === 1;
}

/**
 * The last event of the NFT that is no mere update. What has to be freed to be moved, or is locked again
 * afterwards, is so as a part of that event.
 */
function lastOf(events: readonly ChainEvent[], asset: string): number {
  return events.findLastIndex(({ kind, asset: { address } }) => kind !== 'update' && address === asset);
}

function finish(
  { draft, effects, payment }: Claimed,
  context: DecodeContext,
  tokens: ReadonlyMap<string, number>,
): ChainEvent {
  const event: Building<ChainEvent> = { ...draft.event };
  const price = resolvePrice(event.price, payment[0], event, context);
  if (price === undefined) delete event.price;
  else event.price = price;
  if (draft.claims.some((claim) => claim.fills)) fill(event, effects[0]);
  const movements: Movement[] = [];
  if (!context.failed)
    for (const effect of effects) if (tokens.has(effect.asset)) movements.push(...movementsOf(effect));
  if (movements.length > 0) event.movements = movements;
  return event;
}

/** Takes amount and parties from the effect that was attempted, where the event does not state them. */
function fill(event: Building<ChainEvent>, attempted: Effect | undefined): void {
  if (attempted === undefined) return;
  if (event.amount === undefined) event.amount = attempted.amount;
  if (attempted.source !== undefined && event.from === undefined && event.kind !== 'mint')
    event.from = attempted.source.owner;
  if (attempted.destination !== undefined && event.to === undefined && wantsReceiver(event))
    event.to = attempted.destination.owner;
}

function wantsReceiver(event: Pick<ChainEvent, 'kind'>): boolean {
  return event.kind === 'transfer' || event.kind === 'mint' || event.kind === 'sale';
}

function resolvePrice(
  price: ChainEvent['price'],
  payment: { readonly asset: string; readonly decimals: number } | undefined,
  event: Pick<ChainEvent, 'eventIndex' | 'kind'>,
  context: DecodeContext,
): ChainEvent['price'] {
  if (price?.currency !== 'moved') return price;
  if (payment !== undefined)
    return { amount: price.amount, currency: payment.asset, decimals: payment.decimals };
  if (!context.failed && price.amount > 0n)
    context.problem(
      'undecodable',
      `event ${event.eventIndex} (${event.kind}): nothing that moved pays its price of ${price.amount}`,
    );
  return undefined;
}
