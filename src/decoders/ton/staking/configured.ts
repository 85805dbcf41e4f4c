/**
 * Jetton staking contracts of the network file, read by message layout. A stake is told by the contract's
 * transaction that accepted the notification of its verified jetton wallet; an unstake or a claim by the
 * contract's transaction that ordered the pay-out.
 */
import type { Slice } from '../../../chains/ton/cells/slice.js';
import type { TonMessage } from '../../../chains/ton/transaction.js';
import type { StakeTerms } from '../../../events/event.js';
import { loadRaw, readCell } from '../cells.js';
import { ancestorContext, type TonContext } from '../context.js';
import type { JettonWalletFacts } from '../contract-facts.js';
import type { FollowedStaking, MessageLayout, TonFollow } from '../follow.js';
import { readNotification } from '../jetton/messages.js';
import type { JettonProtocol } from '../jetton/protocol.js';
import { type Incoming, movementsOf, readIncoming } from '../jetton/wallets.js';
import { JETTON } from '../ops.js';
import type { Fact } from '../part.js';
import { type Payout, readOrders, readPayouts, refusedDeposit } from './money.js';

interface Contract extends FollowedStaking {
  readonly master: string;
  readonly decimals: number;
}
type Kind = 'stake' | 'unstake' | 'claim';
type Fields = Readonly<Record<string, bigint | string>>;

const DAY = 86_400;

/** @throws Error when a contract's jetton is not among the followed ones */
export function createConfiguredStaking(follow: TonFollow): JettonProtocol {
  const contracts = new Map<string, Contract>();
  for (const staking of follow.staking) {
    const jetton = follow.jettons.find(({ symbol }) => symbol === staking.jetton);
    if (!jetton)
      throw new Error(
        `staking contract ${staking.name} names jetton ${staking.jetton}, which is not followed`,
      );
    contracts.set(staking.address, { ...staking, master: jetton.master, decimals: jetton.decimals });
  }
  return {
    name: 'ton-staking',
    version: 2,
    slot: 4,
    decode(context) {
      const contract = contracts.get(context.transaction.account);
      return contract ? (deposit(context, contract) ?? order(context, contract)) : [];
    },
    takesDeposit: (context, wallet) => takesDeposit(context, wallet, contracts.get(wallet.owner)),
    paidOut: (context) => paidOut(context, contracts),
  };
}

function takesDeposit(
  context: TonContext,
  wallet: JettonWalletFacts,
  contract: Contract | undefined,
): boolean {
  if (contract === undefined || contract.master !== wallet.master) return false;
  return context.transaction.outMessages.some(
    (message) => message.destination === contract.address && stakeIn(message, contract) !== null,
  );
}

/** The stake message inside a notification. */
function stakeIn(message: TonMessage, { messages: { stake } }: Contract): Fields | null {
  if (stake?.via !== 'jetton') return null;
  const notification = readNotification(message);
  return notification && readFields(notification.payload, stake);
}

function deposit(context: TonContext, contract: Contract): Fact[] | null {
  const message = context.transaction.inMessage;
  if (message?.source == null || message.opcode !== JETTON.notification) return null;
  const fields = stakeIn(message, contract);
  if (fields === null) return [];
  const wallet = context.know.jettonWallet(message.source);
  if (wallet?.owner !== contract.address || wallet.master !== contract.master) return [];
  const walletContext = ancestorContext(context, 0);
  if (walletContext === null) {
    context.problem(
      'undecodable',
      `the transaction of jetton wallet ${message.source} that caused this stake is not at hand`,
    );
    return [];
  }
  const incoming = readIncoming(walletContext);
  if (incoming === null) return [];
  const staker = textOf(fields.staker) ?? textOf(fields.user) ?? incoming.from ?? incoming.to;
  const fact = {
    kind: 'stake',
    ...moneyOf(contract, incoming.amount),
    from: staker,
    to: contract.address,
    stake: terms(contract, fields),
    details: { staking: contract.name },
  } as const;
  if (!context.failed && !gaveBack(context, incoming, message.source))
    return [{ ...fact, outcome: 'ok', movements: movementsOf(incoming) }];
  return [
    refusedDeposit(incoming, { decimals: contract.decimals }),
    { ...fact, outcome: 'failed', place: 1 },
  ];
}

function gaveBack(context: TonContext, { amount, from }: Incoming, wallet: string): boolean {
  return readOrders(context.transaction).some(
    (order) => order.wallet === wallet && order.amount === amount && order.to === from,
  );
}

/** An unstake or a claim: a message sent directly to the contract. */
function order(context: TonContext, contract: Contract): Fact[] {
  const message = context.transaction.inMessage;
  const found = message && orderIn(message, contract);
  if (!found || message?.source == null) return [];
  const { kind, fields } = found;
  const paid = context.failed ? [] : contractPayouts(context, contract);
  // `staker` is always the one whose stake it is. `user` may be only the one who is paid: then the staker is
  // the sender.
  const named = textOf(fields.user) ?? message.source;
  const asked = paid.some(({ to }) => to === named) ? message.source : named;
  const from = textOf(fields.staker) ?? asked;
  const others = [...new Set(paid.map(({ to }) => to))].filter((to) => to !== from);
  const details = { staking: contract.name, ...(others.length > 0 && { paidTo: others }) };
  const base = { kind, from, stake: terms(contract, fields), details };
  const wanted = typeof fields.amount === 'bigint' ? fields.amount : undefined;
  if (context.failed) return [{ ...base, ...moneyOf(contract, wanted), outcome: 'failed' }];
  const total = paid.reduce((sum, { amount }) => sum + amount, 0n);
  const amount = kind === 'claim' ? total : (wanted ?? total);
  if (amount === 0n && paid.length === 0) return [];
  return [
    {
      ...base,
      ...moneyOf(contract, amount),
      outcome: 'ok',
      movements: paid.flatMap(({ movements }) => movements),
    },
  ];
}

function textOf(value: bigint | string | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function orderIn(
  message: TonMessage,
  { messages }: Contract,
): { readonly kind: Kind; readonly fields: Fields } | null {
  if (message.kind !== 'internal' || message.bounced) return null;
  for (const kind of ['stake', 'unstake', 'claim'] as const) {
    const layout = messages[kind];
    if (layout?.via !== 'direct' || layout.op === undefined || layout.op !== message.opcode) continue;
    const fields = readCell(message.body(), (body) => readFields(body, layout));
    if (fields !== null) return { kind, fields };
  }
  return null;
}

function contractPayouts(context: TonContext, contract: Contract): Payout[] {
  return readPayouts(context).filter(({ master }) => master === contract.master);
}

/**
 * Asked in the paying wallet's transaction (its message is the contract's transfer) or in the receiving one's
 * (its parent is the paying wallet's).
 */
function paidOut(context: TonContext, contracts: ReadonlyMap<string, Contract>): boolean {
  const { transaction, ancestors } = context;
  const paying = transaction.inMessage?.opcode === JETTON.transfer ? 0 : 1;
  const payer = [transaction, ...ancestors][paying];
  const origin = ancestorContext(context, paying);
  const contract = origin && contracts.get(origin.transaction.account);
  if (!payer?.inMessage || !origin || !contract || payer.inMessage.source !== contract.address) return false;
  const message = origin.transaction.inMessage;
  return message !== null && !origin.failed && orderIn(message, contract) !== null;
}

function moneyOf({ master, decimals }: Contract, amount: bigint | undefined) {
  return {
    asset: { kind: 'token', address: master },
    decimals,
    ...(amount !== undefined && { amount }),
  } as const;
}

function terms({ address }: Contract, fields: Fields): StakeTerms {
  const seconds = typeof fields.lockSeconds === 'bigint' ? fields.lockSeconds : undefined;
  const months = typeof fields.lockMonths === 'bigint' ? fields.lockMonths * BigInt(30 * DAY) : undefined;
  const lock = seconds ?? months;
  return {
    pool: address,
    ...(lock !== undefined && { lockSeconds: Number(lock) }),
    ...(typeof fields.apy === 'bigint' && { apy: Number(fields.apy) }),
  };
}

/** The fields of the layout; null when the body is another message. */
function readFields(slice: Slice, layout: MessageLayout): Fields | null {
  try {
    const body = slice.clone();
    if (layout.op !== undefined && body.loadUint(32) !== layout.op) return null;
    const fields: Record<string, bigint | string> = {};
    for (const { name, type } of layout.fields) {
      const value = loadField(body, type);
      if (value !== null) fields[name] = value;
    }
    return fields;
  } catch {
    return null;
  }
}

function loadField(body: Slice, type: string): bigint | string | null {
  const sized = /^(u?int):(\d{1,3})$/.exec(type);
  if (sized)
    return sized[1] === 'uint' ? body.loadUintBig(Number(sized[2])) : body.loadIntBig(Number(sized[2]));
  switch (type) {
    case 'coins':
      return body.loadCoins();
    case 'address':
      return loadRaw(body);
    case 'bool':
      return body.loadBit() ? 1n : 0n;
    case 'ref':
      body.loadRef();
      return null;
    case 'maybe-ref':
      body.loadMaybeRef();
      return null;
    default:
      throw new Error(`unknown field type ${type}`);
  }
}
