/**
 * TON transactions made by hand, for tests of decoders: a trace is the root's message and what each
 * transaction sends.
 */
import { createHash } from 'node:crypto';
import { Address, type Builder, beginCell, type Cell, type StateInit } from '@ton/core';
import { opcodeOf } from '../../src/chains/ton/cells/message.js';
import { inputsOf } from '../../src/chains/ton/normalise/family.js';
import { createMessage } from '../../src/chains/ton/normalise/message.js';
import type { TonMessage, TonTransaction } from '../../src/chains/ton/transaction.js';
import {
  type ContractFacts,
  type FactNeed,
  factsBy,
  type ItemFacts,
  type JettonWalletFacts,
  type SaleFacts,
} from '../../src/decoders/ton/contract-facts.js';
import type { TonFollow } from '../../src/decoders/ton/follow.js';
import { createTonDecoder } from '../../src/decoders/ton/registry.js';
import type { ChainEvent, DecodedTransaction } from '../../src/events/event.js';
import { ownCell } from './cells.js';

const sha = (text: string) => createHash('sha256').update(text).digest('hex');

/** The same name is always the same raw address. */
export const account = (name: string, workchain: 0 | -1 = 0): string => `${workchain}:${sha(name)}`;
export const parsed = (raw: string): Address => Address.parse(raw);

export interface SentMessage {
  readonly to: string;
  readonly body?: Cell;
  readonly value?: bigint;
  readonly bounced?: boolean;
  readonly init?: StateInit;
}

export interface Step {
  readonly account: string;
  /** What it sends; each message is answered by the step of its receiver, in order. */
  readonly sends?: readonly SentMessage[];
  readonly aborted?: boolean;
  readonly fresh?: boolean;
  readonly destroyed?: boolean;
}

/**
 * The first step is the root, which an external message began; each later step takes the oldest message to it
 * that nobody took.
 */
export function trace(steps: readonly Step[], external: Cell = beginCell().endCell()): TonTransaction[] {
  const waiting: TonMessage[] = [];
  return steps.map((step, at) => {
    const lt = BigInt(1000 + at * 100);
    const taken = waiting.findIndex(({ destination }) => destination === step.account);
    const inMessage =
      at === 0
        ? message(null, { to: step.account, body: external }, null)
        : waiting.splice(taken, taken < 0 ? 0 : 1)[0];
    if (inMessage === undefined) throw new Error(`nobody sends ${step.account} a message before step ${at}`);
    const outMessages = (step.sends ?? []).map((sent, index) =>
      message(step.account, sent, lt + BigInt(index) + 1n),
    );
    waiting.push(...outMessages);
    return {
      block: 100 + at,
      transactionIndex: at,
      account: step.account,
      hash: sha(`transaction ${step.account} ${lt}`),
      lt,
      previousHash: '0'.repeat(64),
      previousLt: 0n,
      now: 1_700_000_000 + at,
      statusBefore: step.fresh ? 'nonexist' : 'active',
      statusAfter: step.destroyed ? 'nonexist' : 'active',
      totalFees: 1n,
      type: 'ordinary',
      aborted: step.aborted ?? false,
      destroyed: step.destroyed ?? false,
      compute: { skipped: false, success: !step.aborted, exitCode: step.aborted ? 9 : 0, gasUsed: 1n },
      action: null,
      inMessage,
      outMessages,
    };
  });
}

function message(
  source: string | null,
  { to, body = beginCell().endCell(), value = 0n, bounced, init }: SentMessage,
  lt: bigint | null,
): TonMessage {
  const read = ownCell(body);
  const { code, data } = init ?? {};
  return createMessage({
    hash: sha(`${source} ${to} ${lt} ${body.hash().toString('hex')}`),
    kind: source === null ? 'external-in' : 'internal',
    source,
    destination: to,
    value,
    createdLt: lt,
    bounce: true,
    bounced: bounced ?? false,
    opcode: opcodeOf(read),
    readBody: () => read,
    readInit: () => (init ? { code: code ? ownCell(code) : null, data: data ? ownCell(data) : null } : null),
  });
}

export interface World {
  readonly jettonWallets?: Readonly<Record<string, JettonWalletFacts>>;
  readonly items?: Readonly<Record<string, ItemFacts>>;
  readonly sales?: Readonly<Record<string, SaleFacts>>;
  readonly codeHashes?: Readonly<Record<string, string>>;
}

/** Everything that the world does not hold was checked, and is no such contract. */
export function knowing({
  jettonWallets = {},
  items = {},
  sales = {},
  codeHashes = {},
}: World): ContractFacts {
  return factsBy({
    'jetton-wallet': ({ address }) => jettonWallets[address] ?? null,
    'wallet-of': ({ address: master, owner }) =>
      Object.entries(jettonWallets).find(
        ([, facts]) => facts.master === master && facts.owner === owner,
      )?.[0] ?? null,
    item: ({ address }) => items[address] ?? null,
    sale: ({ address }) => sales[address] ?? null,
    'code-hash': ({ address }) => codeHashes[address] ?? null,
  });
}

export const ALL: TonFollow = { jettons: [], collections: [], items: [], staking: [], all: true };

export interface Told {
  readonly events: readonly (ChainEvent & { readonly account: string })[];
  readonly transactions: readonly DecodedTransaction[];
  readonly needs: readonly FactNeed[];
}

export function tell(
  transactions: readonly TonTransaction[],
  world: World | ContractFacts,
  follow: TonFollow = ALL,
): Told {
  const decoder = createTonDecoder(follow);
  const facts = 'answer' in world ? world : knowing(world);
  const decoded = inputsOf(transactions).map((input) => ({ input, ...decoder.decode(input, facts) }));
  return {
    events: decoded.flatMap(({ input, transaction }) =>
      (transaction?.events ?? []).map((event) => ({ ...event, account: input.transaction.account })),
    ),
    transactions: decoded.flatMap(({ transaction }) => (transaction === null ? [] : [transaction])),
    needs: decoded.flatMap(({ needs }) => needs),
  };
}

/** Sum of all movements by account. */
export function balances(events: readonly ChainEvent[]): Record<string, bigint> {
  const sums: Record<string, bigint> = {};
  for (const { movements = [], outcome } of events)
    for (const { account: wallet, delta } of outcome === 'ok' ? movements : [])
      sums[wallet] = (sums[wallet] ?? 0n) + delta;
  return sums;
}

const NOBODY: null = null;
const at = (builder: Builder, raw: string | null) =>
  builder.storeAddress(raw === null ? NOBODY : parsed(raw));

/** Bodies of the standards' messages. */
export const bodies = {
  transfer: (amount: bigint, to: string, payload?: Cell) =>
    at(beginCell().storeUint(0x0f8a7ea5, 32).storeUint(7, 64).storeCoins(amount), to)
      .storeAddress(null)
      .storeBit(false)
      .storeCoins(payload ? 1n : 0n)
      .storeMaybeRef(payload)
      .endCell(),
  internal: (amount: bigint, from: string | null) =>
    at(beginCell().storeUint(0x178d4519, 32).storeUint(7, 64).storeCoins(amount), from)
      .storeAddress(null)
      .storeCoins(0)
      .storeBit(false)
      .endCell(),
  notification: (amount: bigint, from: string, payload?: Cell) =>
    at(beginCell().storeUint(0x7362d09c, 32).storeUint(7, 64).storeCoins(amount), from)
      .storeMaybeRef(payload)
      .endCell(),
  burn: (amount: bigint) =>
    beginCell().storeUint(0x595f07bc, 32).storeUint(7, 64).storeCoins(amount).storeAddress(null).endCell(),
  burnNotification: (amount: bigint, owner: string) =>
    at(beginCell().storeUint(0x7bdd97de, 32).storeUint(7, 64).storeCoins(amount), owner)
      .storeAddress(null)
      .endCell(),
  mint: (op: number, amount: bigint, to: string) =>
    at(beginCell().storeUint(op, 32).storeUint(7, 64), to)
      .storeCoins(1n)
      .storeRef(bodies.internal(amount, null))
      .endCell(),
  nftTransfer: (to: string | null) =>
    at(beginCell().storeUint(0x5fcc3d14, 32).storeUint(7, 64), to)
      .storeAddress(null)
      .storeBit(false)
      .storeCoins(0)
      .storeBit(false)
      .endCell(),
  ownershipAssigned: (from: string | null) =>
    at(beginCell().storeUint(0x05138d91, 32).storeUint(7, 64), from).storeBit(false).endCell(),
  deploy: (owner: string) =>
    at(beginCell(), owner).storeRef(beginCell().storeStringTail('1.json').endCell()).endCell(),
  comment: (text: string) => beginCell().storeUint(0, 32).storeStringTail(text).endCell(),
  op: (op: number) => beginCell().storeUint(op, 32).storeUint(7, 64).endCell(),
};
