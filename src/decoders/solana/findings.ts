/**
 * What `ndx decode --why` says beyond what the decoders noted themselves: which decoder each event comes
 * from, or that nothing in the transaction is followed.
 */
import type { ChainEvent } from '../../events/event.js';
import { SLOTS_PER_INSTRUCTION } from '../../events/position.js';
import type { Finding } from './decoder.js';

/** Adds these findings to `findings`. */
export function completeFindings(findings: Finding[], events: readonly ChainEvent[]): void {
  for (const { decoder, eventIndex, kind, asset, details } of events) {
    if (findings.some((finding) => finding.decoder === decoder && finding.verdict === 'matched')) continue;
    const told = typeof details?.event === 'string' ? `, told by its event ${details.event}` : '';
    const ordinal = Math.floor(eventIndex / SLOTS_PER_INSTRUCTION);
    findings.push({
      decoder,
      ordinal,
      verdict: 'matched',
      reason: `${kind} of ${asset.kind} ${asset.address}${told}`,
    });
  }
  if (findings.length === 0)
    findings.push({
      decoder: 'scope',
      ordinal: 0,
      verdict: 'near',
      reason: 'nothing in it is followed: no program, no token, no NFT',
    });
}
