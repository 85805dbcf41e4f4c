/**
 * Tonstakers liquid staking: TON in, tsTON minted; tsTON burned, TON back at once or against a withdrawal
 * bill (an NFT). The pool's transaction tells both. Contracts:
 * github.com/ton-blockchain/liquid-staking-contract.
 *
 * The asset of both is tsTON, in which a position is counted: a stake's `amount` is the TON that went in, as
 * explorers show it (`details.amountIn`), its movements are the tsTON minted for it, and an unstake's
 * `amount` is the tsTON given back.
 */
import { loadRaw, readBody } from '../cells.js';
import { ancestorContext, type TonContext } from '../context.js';
import { readBurnAmount } from '../jetton/messages.js';
import type { JettonProtocol } from '../jetton/protocol.js';
import { JETTON } from '../ops.js';
import { type Fact, NANO } from '../part.js';

const POOL = '0:a45b17f28409229b78360e3290420f13e4fe20f90d7e2bf8c4ac6703259e22fa';
const MASTER = '0:bdf3fa8098d129b54b4f73b5bac5d1e1fd91eb054169c3916dfc8ccd536d1000';
const OP = { deposit: 0x47d54391, mint: 0x1674b0a0, withdraw: 0x319b0cdc } as const;
/** Nanoton that the pool keeps of a deposit for its work; what is left over comes back with the tsTON. */
const DEPOSIT_FEE = 1_000_000_000n;

const asset = { kind: 'token', address: MASTER } as const;
const stake = { pool: POOL };

export const TONSTAKERS: JettonProtocol = {
  name: 'ton-tonstakers',
  version: 2,
  slot: 6,
  decode(context) {
    if (context.transaction.account !== POOL || !context.followsJetton(MASTER)) return [];
    const message = context.transaction.inMessage;
    if (message?.kind !== 'internal' || message.bounced) return [];
    if (message.opcode === OP.deposit) return deposit(context);
    return message.opcode === OP.withdraw && message.source === MASTER ? withdraw(context) : [];
  },
  mintsOrBurns({ transaction, ancestors, failed }) {
    if (transaction.account === MASTER)
      return (
        !failed &&
        transaction.outMessages.some(
          ({ destination, opcode }) => destination === POOL && opcode === OP.withdraw,
        )
      );
    const [master, pool] = ancestors;
    return master?.account === MASTER && pool?.account === POOL && pool.inMessage?.opcode === OP.deposit;
  },
};

function deposit(context: TonContext): readonly Fact[] {
  const { transaction, know } = context;
  const message = transaction.inMessage;
  if (message?.source == null || message.value <= DEPOSIT_FEE) return [];
  const base = {
    kind: 'stake',
    asset,
    decimals: NANO,
    amount: message.value - DEPOSIT_FEE,
    from: message.source,
    to: POOL,
    stake,
  } as const;
  if (context.failed)
    return [{ ...base, outcome: 'failed', details: { staking: 'tonstakers', amountIn: 'TON' } }];
  const order = transaction.outMessages.find(
    ({ destination, opcode }) => destination === MASTER && opcode === OP.mint,
  );
  const minted = order
    ? readBody(order, (body) => {
        body.skip(64);
        return { owner: loadRaw(body), amount: body.loadCoins() };
      })
    : null;
  // Without an order to mint, the deposit waits for the end of the round, against a bill.
  if (minted?.owner == null)
    return [{ ...base, outcome: 'ok', details: { staking: 'tonstakers', amountIn: 'TON' } }];
  const account = know.walletOf(MASTER, minted.owner);
  const movements =
    account === null ? [] : [{ token: MASTER, account, owner: minted.owner, delta: minted.amount }];
  const details = { staking: 'tonstakers', amountIn: 'TON', tokensMinted: minted.amount.toString() };
  return [{ ...base, outcome: 'ok', movements, details }];
}

function withdraw(context: TonContext): readonly Fact[] {
  const master = ancestorContext(context, 0);
  const notification = master?.transaction.inMessage;
  if (notification?.source == null || notification.opcode !== JETTON.burnNotification) return [];
  const amount = readBurnAmount(notification);
  const wallet = context.know.jettonWallet(notification.source);
  if (amount === null || wallet?.master !== MASTER) return [];
  const movements = [{ token: MASTER, account: notification.source, owner: wallet.owner, delta: -amount }];
  const base = { asset, decimals: NANO, amount, from: wallet.owner } as const;
  const details = { staking: 'tonstakers', amountIn: 'tsTON' };
  if (context.failed)
    return [
      { ...base, kind: 'burn', outcome: 'ok', movements },
      { ...base, kind: 'unstake', outcome: 'failed', to: POOL, stake, details, place: 1 },
    ];
  return [{ ...base, kind: 'unstake', outcome: 'ok', to: POOL, movements, stake, details }];
}
