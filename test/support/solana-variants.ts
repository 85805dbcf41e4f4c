/**
 * Variants of a captured transaction that mean the same: what a decoder says of them follows from what it
 * says of the captured one.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import bs58 from 'bs58';
import type {
  SolanaInstruction,
  SolanaTransaction,
  TokenBalance,
} from '../../src/chains/solana/transaction.js';
import { isOnCurve } from '../../src/decoders/solana/address/curve.js';
import { SYSTEM_PROGRAM } from '../../src/decoders/solana/programs.js';

/** Addresses that decoders know by name, programs and system accounts: no variant gives them another name. */
const KNOWN = new Set(
  readdirSync(join(import.meta.dirname, '../../src/decoders/solana'), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) =>
      [
        ...readFileSync(join(import.meta.dirname, '../../src/decoders/solana', file), 'utf8').matchAll(
          /'([1-9A-HJ-NP-Za-km-z]{32,44})'/g,
        ),
      ].map(([, address]) => address ?? ''),
    ),
);

const isFixed = (address: string, programs: ReadonlySet<string>): boolean =>
  KNOWN.has(address) || programs.has(address) || address.startsWith('Sysvar') || /^1{32}$/.test(address);

/** Another address of the same kind: a wallet for a wallet, something that a program holds for such. */
function another(address: string): string {
  for (let i = 0; ; i++) {
    const name = bs58.encode(createHash('sha256').update(`${address} ${i}`).digest());
    if (isOnCurve(name) === isOnCurve(address)) return name;
  }
}

/** Every account that is not known by name gets another name, in data and logs too. */
export function renamed(transaction: SolanaTransaction): {
  readonly transaction: SolanaTransaction;
  readonly name: (address: string) => string;
} {
  const programs = new Set(transaction.instructions.map(({ programId }) => programId));
  const names = new Map(
    transaction.accountKeys
      .filter((address) => !isFixed(address, programs))
      .map((address) => [address, another(address)]),
  );
  for (const { mint, owner } of [...transaction.preTokenBalances, ...transaction.postTokenBalances])
    for (const address of [mint, owner])
      if (address !== null && !names.has(address) && !isFixed(address, programs))
        names.set(address, another(address));
  const name = (address: string): string => names.get(address) ?? address;
  const pairs = [...names].map(([from, to]) => [bs58.decode(from), bs58.decode(to)] as const);
  const bytes = (data: Uint8Array): Uint8Array => {
    const copy = Buffer.from(data);
    for (const [from, to] of pairs)
      for (let at = copy.indexOf(from); at >= 0; at = copy.indexOf(from, at + 32)) copy.set(to, at);
    return copy;
  };
  const balances = (list: readonly TokenBalance[]) =>
    list.map((balance) => ({
      ...balance,
      ...{ account: name(balance.account), mint: name(balance.mint) },
      owner: balance.owner === null ? null : name(balance.owner),
    }));
  const line = (text: string): string => {
    const said = /^(Program (?:data|return: \S+): ?)(.*)$/.exec(text);
    if (said === null) return text;
    const words = (said[2] ?? '').split(' ');
    return `${said[1]}${words.map((word) => Buffer.from(bytes(Buffer.from(word, 'base64'))).toString('base64')).join(' ')}`;
  };
  return {
    name,
    transaction: {
      ...transaction,
      signature: `${transaction.signature}-renamed`,
      accountKeys: transaction.accountKeys.map(name),
      instructions: transaction.instructions.map((instruction) => ({
        ...place(instruction),
        ...{ accounts: instruction.accounts.map(name), data: bytes(instruction.data) },
      })),
      logs: transaction.logs?.map(line) ?? null,
      preTokenBalances: balances(transaction.preTokenBalances),
      postTokenBalances: balances(transaction.postTokenBalances),
    },
  };
}

/** Version 0, with everything that did not sign loaded from tables: the keys stand in another order. */
export function withTables(transaction: SolanaTransaction): SolanaTransaction {
  const { accountKeys, signerCount, preBalances, postBalances } = transaction;
  const order = accountKeys.map((_, at) => at);
  const places = [...order.slice(0, signerCount), ...order.slice(signerCount).reverse()];
  const sorted = <T>(list: readonly T[]): T[] => (list.length === 0 ? [] : places.map((at) => list[at] as T));
  return {
    ...transaction,
    version: 0,
    accountKeys: sorted(accountKeys),
    preBalances: sorted(preBalances),
    postBalances: sorted(postBalances),
  };
}

/** Payments in lamports that follow each other change places. */
export function paidInOtherOrder(transaction: SolanaTransaction): SolanaTransaction {
  const instructions = [...transaction.instructions];
  const isPayment = (one: SolanaInstruction | undefined) =>
    one?.programId === SYSTEM_PROGRAM && one.data.length === 12 && one.data[0] === 2;
  for (let from = 0; from < instructions.length; ) {
    let to = from;
    while (
      isPayment(instructions[to]) &&
      instructions[to]?.outer === instructions[from]?.outer &&
      instructions[to]?.stackHeight === instructions[from]?.stackHeight &&
      (instructions[to]?.inner === -1) === (instructions[from]?.inner === -1)
    )
      to += 1;
    const run = instructions.slice(from, to);
    run.forEach((one, at) => {
      const other = run[run.length - 1 - at] as SolanaInstruction;
      instructions[from + at] = { ...place(one), accounts: other.accounts, data: other.data };
    });
    from = Math.max(to, from + 1);
  }
  return { ...transaction, instructions };
}

/** Both in one transaction, one after the other. The first one's payer pays the fee. */
export function together(first: SolanaTransaction, second: SolanaTransaction): SolanaTransaction {
  const moved = (transaction: SolanaTransaction) =>
    transaction.postBalances.map((after, at) => after - (transaction.preBalances[at] ?? 0n));
  const changes = new Map<string, bigint>();
  const before = new Map<string, bigint>();
  for (const [at, key] of first.accountKeys.entries()) {
    before.set(key, first.preBalances[at] ?? 0n);
    changes.set(key, moved(first)[at] ?? 0n);
  }
  for (const [at, key] of second.accountKeys.entries()) {
    const change = (moved(second)[at] ?? 0n) + (at === 0 ? second.fee : 0n);
    if (!before.has(key)) before.set(key, second.preBalances[at] ?? 0n);
    changes.set(key, (changes.get(key) ?? 0n) + change);
  }
  const signers = [
    ...first.accountKeys.slice(0, first.signerCount),
    ...second.accountKeys.slice(0, second.signerCount),
  ];
  const accountKeys = [...new Set([...signers, ...first.accountKeys, ...second.accountKeys])];
  const outers = first.instructions.filter(({ inner }) => inner === -1).length;
  return {
    ...first,
    accountKeys,
    signerCount: new Set(signers).size,
    instructions: [
      ...first.instructions,
      ...second.instructions.map((one) => ({
        ...place(one),
        ...{ outer: one.outer + outers, ordinal: one.ordinal + first.instructions.length },
      })),
    ],
    logs: first.logs === null || second.logs === null ? null : [...first.logs, ...second.logs],
    preBalances: accountKeys.map((key) => before.get(key) ?? 0n),
    postBalances: accountKeys.map((key) => (before.get(key) ?? 0n) + (changes.get(key) ?? 0n)),
    preTokenBalances: [...first.preTokenBalances, ...second.preTokenBalances],
    postTokenBalances: [...first.postTokenBalances, ...second.postTokenBalances],
  };
}

/** All of it called by one program that nobody knows, as routers call several marketplaces at once. */
export function routed(transaction: SolanaTransaction, router: string): SolanaTransaction {
  const { instructions, logs, accountKeys, preBalances, postBalances } = transaction;
  let inner = 0;
  const deeper = (text: string) =>
    text.replace(
      /^(Program \S+ invoke \[)(\d+)(\].*)$/,
      (_, head, depth, tail) => `${head}${Number(depth) + 1}${tail}`,
    );
  return {
    ...transaction,
    accountKeys: [...accountKeys, router],
    preBalances: [...preBalances, 1n],
    postBalances: [...postBalances, 1n],
    instructions: [
      {
        ...{ programId: router, accounts: accountKeys, data: new Uint8Array(8) },
        ...{ outer: 0, inner: -1, ordinal: 0, stackHeight: 1 },
      },
      ...instructions.map((one) => ({
        ...place(one),
        ...{ outer: 0, inner: inner++, ordinal: one.ordinal + 1 },
        // Old nodes recorded none: what an outer instruction called stood below it.
        stackHeight: (one.stackHeight ?? (one.inner === -1 ? 1 : 2)) + 1,
      })),
    ],
    logs:
      logs === null
        ? null
        : [`Program ${router} invoke [1]`, ...logs.map(deeper), `Program ${router} success`],
  };
}

/** A copy whose data is read at once: the reader decodes it late. */
function place(instruction: SolanaInstruction): SolanaInstruction {
  const { programId, accounts, data, outer, inner, ordinal, stackHeight } = instruction;
  return { programId, accounts, data, outer, inner, ordinal, stackHeight };
}
