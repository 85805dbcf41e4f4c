/**
 * What `ndx decode --why` says beyond what decoders noted themselves: which of them each event comes from, or
 * that nothing was followed.
 */
import type { ChainEvent } from '../../events/event.js';
import { SLOTS_PER_INSTRUCTION } from '../../events/position.js';
import type { Finding } from './decoder.js';

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
