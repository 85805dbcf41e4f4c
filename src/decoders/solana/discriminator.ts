/**
 * The eight bytes by which instructions and events of Anchor programs, and of SPL interfaces that follow
 * them, are told apart: the beginning of sha256 of a name. As hex, the form in which tables are keyed by
 * them.
 */
import { createHash } from 'node:crypto';

/** Of data: its first eight bytes; null when it has fewer. */
export function discriminatorOf(data: Uint8Array): string | null {
  return data.length < 8 ? null : Buffer.from(data.buffer, data.byteOffset, 8).toString('hex');
}

/** Of an instruction of an Anchor program, by its snake_case name. Source: Anchor's codegen, `sighash`. */
export function instructionDiscriminator(name: string): string {
  return nameDiscriminator(`global:${name}`);
}

/** Of an event of an Anchor program, by the name of its type. */
export function eventDiscriminator(name: string): string {
  return nameDiscriminator(`event:${name}`);
}

/** Of a name with its namespace, as SPL's interfaces have them (spl-discriminator's `hash_input`). */
export function nameDiscriminator(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 16);
}
