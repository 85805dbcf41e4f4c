/**
 * The eight bytes that tell instructions and events of Anchor programs (and of SPL interfaces that follow
 * them) apart: the first bytes of the sha256 of a name. In lower-case hex, as the decoders' tables are keyed.
 */
import { createHash } from 'node:crypto';

/** The first eight bytes of the data; null when it has fewer. */
export function discriminatorOf(data: Uint8Array): string | null {
  return data.length < 8 ? null : Buffer.from(data.buffer, data.byteOffset, 8).toString('hex');
}

/** Discriminator of an Anchor instruction, by its snake_case name. Source: Anchor's codegen, `sighash`. */
export function instructionDiscriminator(name: string): string {
  return nameDiscriminator(`global:${name}`);
}

/** Discriminator of an Anchor event, by the name of its type. */
export function eventDiscriminator(name: string): string {
  return nameDiscriminator(`event:${name}`);
}

/**
 * Discriminator of a name with its namespace, as SPL's interfaces have them (spl-discriminator's
 * `hash_input`).
 */
export function nameDiscriminator(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 16);
}
