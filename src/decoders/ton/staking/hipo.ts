/**
 * Hipo: its treasury takes TON and has its parent, the jetton's master, give hTON for it. Unstaked hTON leave
 * the wallet for the treasury, by way of the parent, and are paid out later or taken back. The treasury's
 * transactions tell both. Layouts: the TL-B scheme of github.com/HipoFinance/contract.
 *
 * Amounts as in tonstakers.ts: a stake's is the TON that went in, an unstake's the hTON given back.
 */
import type { TonMessage } from '../../../chains/ton/transaction.js';
import { loadRaw, readBody } from '../cells.js';
import type { TonContext } from '../context.js';
import type { TonFollow } from '../follow.js';
import type { JettonProtocol } from '../jetton/protocol.js';
import { type Fact, NANO } from '../part.js';
import { type LiquidPool, liquidPools, movementOf } from './liquid.js';

/** Parent to wallet: its share of a deposit. */
export const TOKENS_MINTED = 0x5445efee;

const OP = {
  deposit: 0x3d3761a6,
  /** Treasury to parent: query, tokens, TON, owner. */
  minted: 0x5be57626,
  /** Parent to treasury: query, tokens, owner. */
  reserve: 0x386a358b,
  /** Treasury to parent: the tokens go back to their wallet. */
  rollback: 0x32b67194,
} as const;

/** Decodes the pools of this protocol that the network file names. */
export function createHipo(follow: TonFollow): JettonProtocol {
  const pools = new Map(liquidPools(follow, 'hipo').map((one) => [one.pool, one]));
  return {
    name: 'ton-hipo',
    version: 1,
    slot: 11,
    decode(context) {
      const liquid = pools.get(context.transaction.account);
      const message = context.transaction.inMessage;
      if (liquid === undefined || message?.kind !== 'internal' || message.bounced) return [];
      if (message.opcode === OP.reserve && message.source === liquid.master)
        return unstake(context, message, liquid);
      return deposit(context, message, liquid);
    },
  };
}

function deposit(
  context: TonContext,
  message: TonMessage,
  { name, pool, master }: LiquidPool,
): readonly Fact[] {
  const base = { kind: 'stake', asset: { kind: 'token', address: master }, decimals: NANO } as const;
  const details = { staking: name, amountIn: 'TON' };
  if (context.failed) {
    if (message.opcode !== OP.deposit || message.source === null) return [];
    const parties = { from: message.source, to: pool, stake: { pool } };
    return [{ ...base, ...parties, outcome: 'failed', amount: message.value, details }];
  }
  const orders = context.transaction.outMessages.flatMap((order) =>
    order.destination === master && order.opcode === OP.minted ? (readMinted(order) ?? []) : [],
  );
  return orders.map(({ tokens, coins, owner }, place) => ({
    ...base,
    ...({ outcome: 'ok', amount: coins, from: owner, to: pool, stake: { pool }, place } as const),
    movements: movementOf(context, master, owner, tokens),
    details: { ...details, tokensMinted: tokens.toString() },
  }));
}

function readMinted(order: TonMessage) {
  return readBody(order, (body) => {
    body.skip(64);
    const [tokens, coins, owner] = [body.loadCoins(), body.loadCoins(), loadRaw(body)];
    if (owner === null) throw new Error('nobody gets the tokens');
    return { tokens, coins, owner };
  });
}

function unstake(
  context: TonContext,
  message: TonMessage,
  { name, share, pool, master }: LiquidPool,
): readonly Fact[] {
  const asked = readBody(message, (body) => {
    body.skip(64);
    return { amount: body.loadCoins(), owner: loadRaw(body) };
  });
  if (asked?.owner == null) return [];
  const { amount, owner } = asked;
  const back =
    context.failed ||
    context.transaction.outMessages.some(
      ({ destination, opcode }) => destination === master && opcode === OP.rollback,
    );
  const fact = {
    ...({ kind: 'unstake', asset: { kind: 'token', address: master }, decimals: NANO, amount } as const),
    ...{ from: owner, to: pool, stake: { pool }, details: { staking: name, amountIn: share } },
  };
  if (back) return [{ ...fact, outcome: 'failed' }];
  return [{ ...fact, outcome: 'ok', movements: movementOf(context, master, owner, -amount) }];
}
