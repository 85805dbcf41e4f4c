/**
 * Known marketplaces: sales, listings, their ends and changes of price. The marketplace's table says what an
 * instruction means. Where the table does not know the instruction, what it did decides: an NFT into an
 * escrow is a listing, one out of it a sale if it was paid for.
 */
import type { Kind } from '../../../events/event.js';
import { eventIndex } from '../../../events/position.js';
import { isOnCurve } from '../address/curve.js';
import type { DecodeContext, Draft, ProgramDecoder } from '../decoder.js';
import type { Effect } from '../effect.js';
import type { SolanaFollow } from '../follow.js';
import { isTokenProgram } from '../programs.js';
import { argumentOf, type Call, listingDraft, quietDraft, saleDraft } from './drafts.js';
import { withHandOvers } from './hand-overs.js';
import { MARKET_PROGRAMS, MARKETPLACES } from './markets.js';
import { type Flow, flowsOf } from './money/flows.js';
import { openedAccounts } from './money/payments.js';
import { readStatedPrice, type StatedPrice } from './money/stated-price.js';
import { isSigner } from './parties.js';
import { withoutPreparations } from './preparations.js';
import { readSale, type Sale } from './sale.js';
import { spanOf, within } from './spans.js';
import type { MarketInstruction } from './spec.js';
import { subjectOf } from './subject.js';

/** SPL Token's instruction Revoke. */
const REVOKE = 5;

export function createMarketplaceDecoder(follow: SolanaFollow): ProgramDecoder {
  const reads = new Set(MARKET_PROGRAMS.keys());
  const programs = MARKETPLACES.flatMap((market) => market.programs);
  const hiding = programs.filter(({ hidesNft }) => hidesNft).map(({ address }) => address);
  return {
    name: 'marketplaces',
    version: 2,
    parts: MARKETPLACES.map(({ name, version }) => ({ name, version })),
    keys: () => (follow.nfts.all ? [...reads] : followsSome(follow) ? hiding : []),
    reads,
    decode(context) {
      const { instructions } = context.transaction;
      // A failed purchase changed nothing; the followed NFT's own transfer is already recorded as failed.
      if (context.failed || !instructions.some(({ programId }) => reads.has(programId))) return [];
      return withHandOvers(withoutPreparations(draftAll(context)), context);
    },
  };
}

/**
 * Where a change of price names only the listing's or the tree's account and not the NFT, transactions have
 * to be found by the program's address.
 */
function followsSome({ nfts }: SolanaFollow): boolean {
  return nfts.mints.length + nfts.collections.length + nfts.creators.length > 0;
}

function draftAll(context: DecodeContext): Draft[] {
  const { instructions } = context.transaction;
  const drafts: Draft[] = [];
  const explained = new Set<Effect>(context.earlier.flatMap(({ effects }) => effects ?? []));
  let opened: ReadonlySet<string> | undefined;
  for (const instruction of instructions) {
    const found = MARKET_PROGRAMS.get(instruction.programId);
    if (found === undefined) continue;
    const { market, program } = found;
    const span = spanOf(instructions, instruction, MARKET_PROGRAMS);
    const known = program.instructions.get(tagOf(instruction.data, program.tagLength));
    const effects = within(context.effects, span).filter((effect) => !explained.has(effect));
    opened ??= openedAccounts(context.transaction);
    const call = { instruction, market, program, known, span, effects };
    const drafted = draftCall(call, opened, context);
    for (const draft of drafted) for (const effect of draft.effects ?? []) explained.add(effect);
    drafts.push(...drafted);
  }
  return drafts;
}

function tagOf(data: Uint8Array, length: number): string {
  return Buffer.from(data.buffer, data.byteOffset, Math.min(length, data.length)).toString('hex');
}

function draftCall(call: Call, opened: ReadonlySet<string>, context: DecodeContext): Draft[] {
  const { instruction, known, span, market, program } = call;
  const near = (reason: string): Draft[] => {
    context.explain?.({
      decoder: market.name,
      ordinal: instruction.ordinal,
      verdict: 'near',
      reason: `${market.name}: ${reason}`,
    });
    return [];
  };
  if (known?.action === 'none') return near(`${known.name} neither sells nor lists`);
  const flows = flowsOf(call.effects, context);
  if (flows.length === 0)
    return known === undefined
      ? near('an instruction that is not known and moved no NFT')
      : withoutFlow(call, context, near);
  const followed = flows.filter(({ effects }) => effects.some((effect) => context.followsEffect(effect)));
  if (followed.length === 0) return near('the NFT is not followed');
  const stated = readStatedPrice(program.statedPrice, instruction, span, context);
  return followed.flatMap((flow, index) => {
    const sale = readSale(flow, span, call.effects, opened, hintsOf(call, stated, context), context, {
      index,
      count: followed.length,
    });
    const kind = kindOf(flow, sale, known);
    if (kind === null) return near('the NFT changed hands without a payment');
    matched(call, kind, context);
    if (kind === 'sale' && sale.facts.price === undefined)
      context.problem(
        'undecodable',
        `${market.name}: nothing in the transaction tells the price of the sale of ${flow.asset}`,
      );
    return [kind === 'sale' ? saleDraft(call, flow, sale) : listingDraft(call, kind, flow, stated, context)];
  });
}

function matched({ instruction, market, known }: Call, kind: Kind, context: DecodeContext): void {
  const reason = `${market.name}: ${known?.name ?? 'an instruction that is not known, by what it did'} is a ${kind}`;
  context.explain?.({ decoder: market.name, ordinal: instruction.ordinal, verdict: 'matched', reason });
}

function hintsOf({ instruction, known }: Call, stated: StatedPrice | null, { accounts }: DecodeContext) {
  const at = (index: number | undefined) => (index === undefined ? undefined : instruction.accounts[index]);
  const fee = at(known?.fee);
  return {
    // Where a token pays, the account that takes the fee is a token account of the marketplace's wallet.
    ...{
      buyer: at(known?.buyer),
      seller: at(known?.seller),
      feeAccount: fee && accounts.ownerOf(fee),
      stated,
    },
    ...{ argument: argumentOf(instruction, known), accounts: instruction.accounts },
    sells: known?.action === 'sale',
  };
}

function kindOf(flow: Flow, sale: Sale, known: MarketInstruction | undefined): Kind | null {
  const { payments, buyer, seller } = sale;
  const paid = payments !== null || (sale.facts.price !== undefined && known?.action === 'sale');
  switch (known?.action) {
    case 'list':
    case 'reprice':
      return 'list';
    case 'delist':
    case 'cancel':
      return 'delist';
    case 'sale':
      if (buyer === seller) return 'delist';
      // No payment is seen: out of an escrow with no known seller the NFT came back; otherwise lamports moved
      // without an instruction.
      return paid || isOnCurve(flow.from) || seller !== undefined ? 'sale' : 'delist';
    default: {
      const { from, to } = flow;
      if (from === to) return null;
      if (!isOnCurve(to)) {
        if (!isOnCurve(from)) return null;
        // Into a pool that paid for it: a sale.
        return payments?.received.has(from) ? 'sale' : 'list';
      }
      if (payments !== null && seller !== undefined && seller !== buyer)
        return isOnCurve(from) && !payments.received.has(from) ? null : 'sale';
      return isOnCurve(from) ? null : 'delist';
    }
  }
}

function withoutFlow(call: Call, context: DecodeContext, near: (reason: string) => Draft[]): Draft[] {
  const { instruction, known, span, program } = call;
  if (known === undefined) return [];
  if (known.action === 'sale') return near(`${known.name} moved no NFT that can be seen`);
  const stated = readStatedPrice(program.statedPrice, instruction, span, context);
  const subject = subjectOf(instruction, known, span, stated?.asset, context);
  if (subject === null) return near(`${known.name}: no NFT is named`);
  if (!context.follows(subject.asset)) return near('the NFT is not followed');
  const owner = ownerHint(call, subject.owner, context);
  if (known.action === 'cancel' && !endsListing(call, subject.owner, context))
    return near('the end of a bid');
  const kind = known.action === 'cancel' || known.action === 'delist' ? 'delist' : 'list';
  matched(call, kind, context);
  return [quietDraft(call, kind, subject.asset, owner, eventIndex(instruction.ordinal), [], stated, context)];
}

/** Who listed the NFT: the account that the table names, else the NFT's owner, else a signer. */
function ownerHint(
  { instruction, known }: Call,
  owner: string | undefined,
  context: DecodeContext,
): string | undefined {
  const hint = known?.seller === undefined ? undefined : instruction.accounts[known.seller];
  if (hint !== undefined && (isSigner(hint, context) || owner === undefined)) return hint;
  return owner ?? instruction.accounts.find((account) => isSigner(account, context)) ?? hint;
}

/**
 * Whoever cancels and owns the NFT had listed it. Where the owner is not recorded, the call ends a listing if
 * it revokes the program's right to the NFT.
 */
function endsListing(
  { instruction, known, span }: Call,
  owner: string | undefined,
  { transaction }: DecodeContext,
): boolean {
  if (owner !== undefined) return owner === instruction.accounts[known?.seller ?? 0];
  return within(transaction.instructions, span).some(
    (call) => isTokenProgram(call.programId) && call.data[0] === REVOKE,
  );
}
