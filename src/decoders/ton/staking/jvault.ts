/**
 * JVault staking pools (jvault.xyz, "staking v2"). A pool is an item of JVault's own collection, which proves
 * that a contract is one. The pool accepts or refuses a stake by a second message of its stake wallet.
 * Layouts as toncenter/ton-indexer documents them.
 */
import type { TonTransaction } from '../../../chains/ton/transaction.js';
import { readBody } from '../cells.js';
import { ancestorContext, type TonContext } from '../context.js';
import { readNotification } from '../jetton/messages.js';
import type { JettonProtocol } from '../jetton/protocol.js';
import { decimalsOf, type Incoming, movementsOf, readIncoming } from '../jetton/wallets.js';
import { JETTON } from '../ops.js';
import type { Fact } from '../part.js';
import { readPayouts, refusedDeposit } from './money.js';

const POOLS = '0:184b700ed8d685af9fb0975094f103220b1acfd0e117627f368aa9ee493f452a';
const OP = {
  /** Forward payload of the deposit: op, lock period (uint32, seconds). */
  stake: 0xe3a06989,
  receiveJettons: 0xd68a4ac1,
  cancelStake: 0x9eada1d9,
  requestUpdate: 0xf5c5baa3,
  unstake: 0x499a9262,
  claim: 0x78d9f109,
  sendClaimed: 0x44bc1fe3,
} as const;

export const JVAULT: JettonProtocol = {
  name: 'ton-jvault',
  version: 2,
  slot: 5,
  decode,
  takesDeposit: ({ transaction, know }, wallet) =>
    transaction.outMessages.some(
      ({ destination, opcode }) => destination === wallet.owner && opcode === JETTON.notification,
    ) &&
    lockOf(transaction, wallet.owner) !== null &&
    know.item(wallet.owner)?.collection === POOLS,
  paidOut(context) {
    const origin = ancestorContext(
      context,
      context.transaction.inMessage?.opcode === JETTON.transfer ? 0 : 1,
    );
    return origin !== null && !origin.failed && endKind(origin) !== null && isPool(origin);
  },
};

function isPool({ transaction, know }: TonContext): boolean {
  return know.item(transaction.account)?.collection === POOLS;
}

/**
 * Lock period, in seconds, of the stake of which the wallet's transaction notifies the pool; null when there
 * is none.
 */
function lockOf(wallet: TonTransaction, pool: string): number | null {
  for (const message of wallet.outMessages) {
    const payload = message.destination === pool ? readNotification(message)?.payload : undefined;
    if (payload === undefined || payload.remainingBits < 64 || payload.preloadUint(32) !== OP.stake) continue;
    return payload.clone().skip(32).loadUint(32);
  }
  return null;
}

function decode(context: TonContext): readonly Fact[] {
  const { transaction, parent } = context;
  const message = transaction.inMessage;
  if (message?.kind !== 'internal') return [];
  if (message.opcode === JETTON.notification && context.failed) return settle(context, 0, false);
  if (parent?.inMessage?.opcode === OP.receiveJettons) {
    if (message.bounced || message.opcode === OP.cancelStake) return settle(context, 2, false);
    if (message.opcode === OP.requestUpdate) return settle(context, 2, !context.failed);
  }
  if (message.opcode === OP.unstake && context.failed) return refused(context);
  return end(context);
}

/** Tells the stake whose jetton wallet's transaction is the ancestor at index `at`. */
function settle(context: TonContext, at: number, accepted: boolean): readonly Fact[] {
  const { transaction } = context;
  const deposit = ancestorContext(context, at);
  const lockSeconds = deposit && lockOf(deposit.transaction, transaction.account);
  if (deposit === null || lockSeconds === null || !isPool(context)) return [];
  const incoming = readIncoming(deposit);
  if (incoming === null || incoming.to !== transaction.account) return [];
  const fact = { ...stakeFact(context, incoming), stake: { pool: transaction.account, lockSeconds } };
  if (accepted) return [{ ...fact, outcome: 'ok', movements: movementsOf(incoming) }];
  return [
    refusedDeposit(incoming, decimalsOf(context, incoming.master)),
    { ...fact, outcome: 'failed', place: 1 },
  ];
}

function stakeFact(context: TonContext, { master, amount, from, to }: Incoming) {
  return {
    kind: 'stake',
    asset: { kind: 'token', address: master },
    amount,
    ...decimalsOf(context, master),
    from: from ?? to,
    to,
    details: { staking: 'jvault' },
  } as const;
}

/**
 * The stake wallet refused its owner's order, so the pool was not told. The asset is the stake wallet's own
 * jetton, which stands for the stake in its pool.
 */
function refused(context: TonContext): readonly Fact[] {
  const { transaction, know } = context;
  const message = transaction.inMessage;
  const wallet = know.jettonWallet(transaction.account);
  const amount = message && readBody(message, (body) => body.skip(64).loadCoins());
  if (message?.source == null || wallet?.owner !== message.source || amount === null) return [];
  if (!context.followsJetton(wallet.master)) return [];
  const exitCode = transaction.compute?.exitCode;
  return [
    {
      ...({ kind: 'unstake', outcome: 'failed' } as const),
      asset: { kind: 'token', address: wallet.master },
      amount,
      ...decimalsOf(context, wallet.master),
      from: message.source,
      stake: { pool: wallet.master },
      details: {
        staking: 'jvault',
        stakeWallet: transaction.account,
        ...(exitCode != null && { exitCode }),
      },
    },
  ];
}

/** What the pool's transaction pays out for; null when it ends no stake. */
function endKind({ transaction, parent }: TonContext): 'unstake' | 'claim' | null {
  const cause = parent?.inMessage;
  if (cause?.kind !== 'internal' || cause.bounced || transaction.inMessage?.bounced) return null;
  if (transaction.inMessage?.opcode === OP.requestUpdate && cause.opcode === OP.unstake) return 'unstake';
  return transaction.inMessage?.opcode === OP.sendClaimed && cause.opcode === OP.claim ? 'claim' : null;
}

function end(context: TonContext): readonly Fact[] {
  const { transaction, parent } = context;
  const kind = endKind(context);
  const cause = parent?.inMessage;
  if (kind === null || cause?.source == null || !isPool(context)) return [];
  // A refused call pays nothing out, so its jetton is not known from the transaction.
  if (context.failed) return [];
  const asked = kind === 'unstake' ? readBody(cause, (body) => body.skip(64).loadCoins()) : null;
  const from = cause.source;
  const stake = { pool: transaction.account };
  const details = { staking: 'jvault', stakeWallet: parent?.account ?? '' };
  return readPayouts(context)
    .filter(({ master }) => context.followsJetton(master))
    .map(({ master, amount, movements }, place) => ({
      kind,
      outcome: 'ok',
      asset: { kind: 'token', address: master },
      // The commission of an early end stays in the pool: the movement is smaller than what is unstaked.
      amount: (place === 0 ? asked : null) ?? amount,
      ...decimalsOf(context, master),
      from,
      to: transaction.account,
      movements,
      stake,
      details,
      place,
    }));
}
