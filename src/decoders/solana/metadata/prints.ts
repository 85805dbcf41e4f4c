/** Who the artist of a print of a master edition is. */
import type { SolanaTransaction } from '../../../chains/solana/transaction.js';
import type { Effect } from '../effect.js';
import type { PrimarySale } from '../marketplaces/primary-sale.js';
import { learn, type NftFactsMap } from './facts.js';

/**
 * A print names its artist, which anybody may write. The artist is believed, as creator and for what is
 * followed, where he signed the transaction or got most of what the print was sold for.
 */
export function vouchForPrints(
  facts: NftFactsMap,
  sold: ReadonlyMap<Effect, PrimarySale>,
  { accountKeys, signerCount }: SolanaTransaction,
): void {
  const sellers = new Map([...sold].map(([{ asset }, { seller }]) => [asset, seller]));
  for (const [mint, { printedFor }] of facts) {
    if (printedFor === undefined) continue;
    const signed = accountKeys.slice(0, signerCount).includes(printedFor);
    if (!signed && sellers.get(mint) !== printedFor) continue;
    learn(facts, mint, { description: { creator: printedFor }, vouchedBy: [printedFor] });
  }
}
