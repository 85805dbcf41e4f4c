/** Parameters of RPC methods, parsed at the door; what is wrong becomes -32602 with the field's name. */

import { z } from 'zod';
import { decodeBase58 } from '../../../src/events/base58.js';
import type { Commitment } from '../chain/ledger.js';
import { invalidParams } from './json-rpc.js';

export const commitmentSchema = z
  .enum(['processed', 'confirmed', 'finalized', 'recent', 'single', 'singleGossip', 'root', 'max'])
  .transform((name): Commitment => {
    if (name === 'recent' || name === 'processed') return 'processed';
    return name === 'single' || name === 'singleGossip' || name === 'confirmed' ? 'confirmed' : 'finalized';
  });

export const slotSchema = z.number().int().nonnegative();

/** What nearly every method's configuration may hold. */
export const contextSchema = z.object({
  commitment: commitmentSchema.optional(),
  minContextSlot: slotSchema.optional(),
});

export type ContextConfig = z.infer<typeof contextSchema>;

/** One parameter by a schema; `name` stands in the error. */
export function param<S extends z.ZodType>(schema: S, value: unknown, name: string): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = [name, ...(issue?.path ?? [])].join('.');
  throw invalidParams(`Invalid params: ${path}: ${issue?.message ?? 'not valid'}`);
}

/** A configuration object; left out or null = empty. */
export function config<S extends z.ZodObject>(schema: S, value: unknown): z.infer<S> {
  return param(schema, value ?? {}, 'config');
}

function base58Bytes(value: unknown, length: number, name: string): string {
  if (typeof value !== 'string') throw invalidParams(`Invalid params: ${name}: expected a base58 string`);
  const bytes = decodeBase58(value);
  if (bytes === null) throw invalidParams(`Invalid param: Invalid ${name}`);
  if (bytes.length !== length) throw invalidParams(`Invalid param: WrongSize ${name}`);
  return value;
}

export function addressParam(value: unknown, name = 'pubkey'): string {
  return base58Bytes(value, 32, name);
}

export function signatureParam(value: unknown, name = 'signature'): string {
  return base58Bytes(value, 64, name);
}

/** Serialized bytes in base58 (the default of old clients) or base64. */
export function bytesParam(value: unknown, encoding: 'base58' | 'base64', name: string): Uint8Array {
  if (typeof value !== 'string') throw invalidParams(`Invalid params: ${name}: expected a string`);
  if (encoding === 'base64') {
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value)) throw invalidParams(`invalid base64 encoding of ${name}`);
    return Buffer.from(value, 'base64');
  }
  const bytes = decodeBase58(value);
  if (bytes === null) throw invalidParams(`invalid base58 encoding of ${name}`);
  return bytes;
}
