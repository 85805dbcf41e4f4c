/**
 * Answers name TON addresses raw, as the tables do; beside them stands the form that wallets and explorers
 * show.
 */
import type { FastifyInstance } from 'fastify';
import { friendlyTonAddress, isRawTonAddress } from '../events/ton-address.js';

/**
 * Adds `friendlyAddresses` to an answer that names TON addresses; schemas of answers have it through
 * `schemas/common.ts`.
 */
export function registerFriendlyAddresses(app: FastifyInstance): void {
  app.addHook('preSerialization', async (_, reply, payload) => {
    if (reply.statusCode !== 200 || typeof payload !== 'object' || payload === null || Array.isArray(payload))
      return payload;
    const friendlyAddresses = friendlyForms(payload);
    return Object.keys(friendlyAddresses).length === 0 ? payload : { ...payload, friendlyAddresses };
  });
}

/** Raw form → bounceable user-friendly form, of every raw TON address among the values. */
export function friendlyForms(value: unknown): Record<string, string> {
  const found: Record<string, string> = {};
  collect(value, found);
  return found;
}

function collect(value: unknown, found: Record<string, string>): void {
  if (typeof value === 'string') {
    if (isRawTonAddress(value)) found[value] = friendlyTonAddress(value);
  } else if (typeof value === 'object' && value !== null)
    for (const item of Object.values(value)) collect(item, found);
}
