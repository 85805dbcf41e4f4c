/** Drafts and effects of one transaction → its events: claims, prices, movements, and what is left over. */
import type { ChainEvent } from '../../../events/event.js';
import type { DecodeContext, Draft } from '../decoder.js';
import { movementsOf } from '../effect.js';
import type { NftScope } from '../spl-token/nft-scope.js';
import { plainEvent, SPL_TOKEN } from '../spl-token/plain-events.js';
import type { Residual } from './balance-check.js';
import { type Claimed, claimEffects } from './claims.js';
import { residualEvents } from './residual-events.js';

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
  for (const effect of left) {
    const event = plainEvent(effect, mints.get(effect.asset), nfts.get(effect.asset), transaction, follow, scope);
    if (event !== null) events.push(event);
  }
  if (residuals.length > 0) {
    const base = { outcome: 'ok' as const, decoder: SPL_TOKEN.name, decoderVersion: SPL_TOKEN.version };
    events.push(...residualEvents(residuals, transaction.accountKeys, base));
  }
  return events.sort((a, b) => a.eventIndex - b.eventIndex);
}

function finish({ draft, effects, payment }: Claimed, context: DecodeContext, tokens: ReadonlyMap<string, number>): ChainEvent {
  const { price: asked, ...event } = draft.event;
  const price = resolvePrice(asked, payment[0], event, context);
  const movements = context.failed ? [] : effects.filter((effect) => tokens.has(effect.asset)).flatMap(movementsOf);
  const attempted = draft.claims.some((claim) => claim.fills) ? effects[0] : undefined;
  return {
    ...event,
    ...(attempted !== undefined && event.amount === undefined && { amount: attempted.amount }),
    ...(attempted?.source !== undefined && event.from === undefined && event.kind !== 'mint' && { from: attempted.source.owner }),
    ...(attempted?.destination !== undefined && event.to === undefined && wantsReceiver(event) && { to: attempted.destination.owner }),
    ...(price !== undefined && { price }),
    ...(movements.length > 0 && { movements }),
  };
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
  if (payment !== undefined) return { amount: price.amount, currency: payment.asset, decimals: payment.decimals };
  if (!context.failed && price.amount > 0n)
    context.problem('undecodable', `event ${event.eventIndex} (${event.kind}): nothing that moved pays its price of ${price.amount}`);
  return undefined;
}
