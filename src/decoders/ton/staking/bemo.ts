/**
 * bemo: one contract, which it calls its financial contract, is the pool and the jetton's master. TON with an
 * empty message or with `stake` mints stTON (bmTON in the second version); a burn asks for TON, which a
 * contract made for it pays out when its lock is over. Layouts: the documents of bemo-fi/smart-contracts-v2.
 *
 * Amounts as in tonstakers.ts: a stake's is the TON that stayed in the pool, an unstake's the jettons burned.
 */
import type { TonMessage } from '../../../chains/ton/transaction.js';
import type { TonContext } from '../context.js';
import type { TonFollow } from '../follow.js';
import { readBurnAmount, readInternalTransfer } from '../jetton/messages.js';
import type { JettonProtocol } from '../jetton/protocol.js';
import { JETTON } from '../ops.js';
import { type Fact, NANO } from '../part.js';
import { type LiquidPool, liquidPools, movementOf } from './liquid.js';

const STAKE = 0x4253c4d5;

/** A plain transfer has no op, or that of a comment. */
const isDeposit = ({ opcode }: TonMessage): boolean => opcode === null || opcode === 0 || opcode === STAKE;

/** @throws Error when a pool is not the master of its jetton */
export function createBemo(follow: TonFollow): JettonProtocol {
  const pools = new Map(liquidPools(follow, 'bemo').map((one) => [one.pool, one]));
  for (const { name, pool, master } of pools.values())
    if (pool !== master)
      throw new Error(`liquid staking ${name} is bemo's: its pool has to be its jetton's master`);
  return {
    name: 'ton-bemo',
    version: 1,
    slot: 10,
    decode(context) {
      const liquid = pools.get(context.transaction.account);
      const message = context.transaction.inMessage;
      if (liquid === undefined || message?.kind !== 'internal' || message.bounced) return [];
      if (message.opcode === JETTON.burnNotification) return unstake(context, message, liquid);
      return isDeposit(message) ? deposit(context, message, liquid) : [];
    },
    mintsOrBurns({ transaction, ancestors }) {
      if (pools.has(transaction.account)) return true;
      const [pool] = ancestors;
      return pool?.inMessage != null && pools.has(pool.account) && isDeposit(pool.inMessage);
    },
  };
}

function deposit(
  context: TonContext,
  message: TonMessage,
  { name, pool, master }: LiquidPool,
): readonly Fact[] {
  if (message.source === null) return [];
  const base = {
    ...({ kind: 'stake', asset: { kind: 'token', address: master }, decimals: NANO } as const),
    ...{ from: message.source, to: pool, stake: { pool } },
  };
  const details = { staking: name, amountIn: 'TON' };
  if (context.failed) {
    // What is sent without an op and refused need not have been a deposit.
    return message.opcode === STAKE ? [{ ...base, outcome: 'failed', amount: message.value, details }] : [];
  }
  const wallet = context.know.walletOf(master, message.source);
  const order = context.transaction.outMessages.find(({ destination }) => destination === wallet);
  const minted = order && readInternalTransfer(order)?.amount;
  if (order === undefined || minted === undefined) return [];
  return [
    {
      ...base,
      ...({ outcome: 'ok', amount: message.value - order.value } as const),
      movements: movementOf(context, master, message.source, minted),
      details: { ...details, tokensMinted: minted.toString() },
    },
  ];
}

function unstake(
  context: TonContext,
  message: TonMessage,
  { name, share, pool, master }: LiquidPool,
): readonly Fact[] {
  const amount = readBurnAmount(message);
  const wallet = message.source === null ? null : context.know.jettonWallet(message.source);
  if (amount === null || message.source === null || wallet?.master !== master) return [];
  const fact = {
    ...({ kind: 'unstake', asset: { kind: 'token', address: master }, decimals: NANO, amount } as const),
    ...{ from: wallet.owner, to: pool, stake: { pool }, details: { staking: name, amountIn: share } },
  };
  if (context.failed) return [{ ...fact, outcome: 'failed' }];
  const movements = [{ token: master, account: message.source, owner: wallet.owner, delta: -amount }];
  return [{ ...fact, outcome: 'ok', movements }];
}
