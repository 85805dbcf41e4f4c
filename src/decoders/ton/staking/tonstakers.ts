/**
 * Liquid staking by the contract that Tonstakers and KTON run: TON in, a jetton minted; the jetton burned,
 * TON back at once or against a withdrawal bill (an NFT). The pool's transaction tells both. Contracts:
 * github.com/ton-blockchain/liquid-staking-contract. Tonstakers' own pool is built in.
 *
 * The asset of both is the jetton, in which a position is counted: a stake's `amount` is the TON that went
 * in, as explorers show it (`details.amountIn`), its movements are the jettons minted for it, and an
 * unstake's `amount` is the jettons given back.
 */
import { loadRaw, readBody } from '../cells.js';
import { ancestorContext, type TonContext } from '../context.js';
import type { TonFollow } from '../follow.js';
import { readBurnAmount } from '../jetton/messages.js';
import type { JettonProtocol } from '../jetton/protocol.js';
import { JETTON } from '../ops.js';
import { type Fact, NANO } from '../part.js';
import { type LiquidPool, liquidPools, movementOf } from './liquid.js';

export const TONSTAKERS: LiquidPool = {
  name: 'tonstakers',
  share: 'tsTON',
  pool: '0:a45b17f28409229b78360e3290420f13e4fe20f90d7e2bf8c4ac6703259e22fa',
  master: '0:bdf3fa8098d129b54b4f73b5bac5d1e1fd91eb054169c3916dfc8ccd536d1000',
};
const OP = { deposit: 0x47d54391, mint: 0x1674b0a0, withdraw: 0x319b0cdc } as const;
/** Nanoton that the pool keeps of a deposit for its work; what is left over comes back with the jetton. */
const DEPOSIT_FEE = 1_000_000_000n;

export function createTonstakers(follow: TonFollow): JettonProtocol {
  const pools = [TONSTAKERS, ...liquidPools(follow, 'tonstakers')];
  const byPool = new Map(pools.map((one) => [one.pool, one]));
  const byMaster = new Map(pools.map((one) => [one.master, one]));
  return {
    name: 'ton-tonstakers',
    version: 2,
    slot: 6,
    decode(context) {
      const liquid = byPool.get(context.transaction.account);
      if (liquid === undefined || !context.followsJetton(liquid.master)) return [];
      const message = context.transaction.inMessage;
      if (message?.kind !== 'internal' || message.bounced) return [];
      if (message.opcode === OP.deposit) return deposit(context, liquid);
      return message.opcode === OP.withdraw && message.source === liquid.master
        ? withdraw(context, liquid)
        : [];
    },
    mintsOrBurns({ transaction, ancestors, failed }) {
      const burning = byMaster.get(transaction.account);
      if (burning !== undefined)
        return (
          !failed &&
          transaction.outMessages.some(
            ({ destination, opcode }) => destination === burning.pool && opcode === OP.withdraw,
          )
        );
      const [master, pool] = ancestors;
      const minting = master && byMaster.get(master.account);
      return minting !== undefined && pool?.account === minting.pool && pool.inMessage?.opcode === OP.deposit;
    },
  };
}

function deposit(context: TonContext, { name, pool, master }: LiquidPool): readonly Fact[] {
  const { transaction } = context;
  const message = transaction.inMessage;
  if (message?.source == null || message.value <= DEPOSIT_FEE) return [];
  const base = {
    kind: 'stake',
    asset: { kind: 'token', address: master },
    decimals: NANO,
    amount: message.value - DEPOSIT_FEE,
    from: message.source,
    to: pool,
    stake: { pool },
  } as const;
  const details = { staking: name, amountIn: 'TON' };
  if (context.failed) return [{ ...base, outcome: 'failed', details }];
  const order = transaction.outMessages.find(
    ({ destination, opcode }) => destination === master && opcode === OP.mint,
  );
  const minted = order
    ? readBody(order, (body) => {
        body.skip(64);
        return { owner: loadRaw(body), amount: body.loadCoins() };
      })
    : null;
  // Without an order to mint, the deposit waits for the end of the round, against a bill.
  if (minted?.owner == null) return [{ ...base, outcome: 'ok', details }];
  const movements = movementOf(context, master, minted.owner, minted.amount);
  const tokensMinted = minted.amount.toString();
  return [{ ...base, outcome: 'ok', movements, details: { ...details, tokensMinted } }];
}

function withdraw(context: TonContext, { name, share, pool, master }: LiquidPool): readonly Fact[] {
  const notification = ancestorContext(context, 0)?.transaction.inMessage;
  if (notification?.source == null || notification.opcode !== JETTON.burnNotification) return [];
  const amount = readBurnAmount(notification);
  const wallet = context.know.jettonWallet(notification.source);
  if (amount === null || wallet?.master !== master) return [];
  const movements = [{ token: master, account: notification.source, owner: wallet.owner, delta: -amount }];
  const asset = { kind: 'token', address: master } as const;
  const base = { asset, decimals: NANO, amount, from: wallet.owner } as const;
  const details = { staking: name, amountIn: share };
  const stake = { pool };
  if (context.failed)
    return [
      { ...base, kind: 'burn', outcome: 'ok', movements },
      { ...base, kind: 'unstake', outcome: 'failed', to: pool, stake, details, place: 1 },
    ];
  return [{ ...base, kind: 'unstake', outcome: 'ok', to: pool, movements, stake, details }];
}
