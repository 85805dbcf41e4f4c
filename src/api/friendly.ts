/**
 * Answers name TON addresses in raw form, as the tables do. Beside them they give the form that wallets and
 * explorers show.
 */
import type { FastifyInstance } from 'fastify';
import { friendlyForms } from '../events/ton-address.js';

/**
 * Adds `friendlyAddresses` to answers that name TON addresses. Schemas of answers get the field from
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
