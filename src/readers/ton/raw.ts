/**
 * What is archived of a TON block: our transactions, what caused them, and the verified facts that decoding
 * them asked for. That is all that decoding needs, so it can be repeated without any endpoint. Nothing is
 * kept of other accounts. So the archive says what was followed when the block was read, and refuses the
 * block under another configuration.
 */
import { z } from 'zod';
import { storedTransactionSchema, storeTransaction } from '../../chains/ton/normalise/stored.js';
import type { TonInput, TonTransaction } from '../../chains/ton/transaction.js';
import type {
  ContractFacts,
  FactAnswer,
  FactKind,
  FactNeed,
  ItemFacts,
  JettonWalletFacts,
  SaleFacts,
} from '../../decoders/ton/contract-facts.js';
import { toJson } from '../../events/json.js';
import { messageOf, NdxError } from '../../runtime/errors.js';

/** A transaction of ours with everything that decoding it read. */
export interface TonMaterial {
  readonly input: TonInput;
  readonly facts: TonFactRecord;
}

/** Answers that a decoder got, by what it asked about and as of which block. */
export interface TonFactRecord {
  readonly jettonWallets: Readonly<Record<string, JettonWalletFacts | null>>;
  readonly walletsOf: Readonly<Record<string, string | null>>;
  readonly items: Readonly<Record<string, ItemFacts | null>>;
  readonly sales: Readonly<Record<string, SaleFacts | null>>;
  readonly codeHashes: Readonly<Record<string, string | null>>;
}

const VERSION = 1;

const amount = z.string().regex(/^\d+$/).transform(BigInt);
const address = z.string();
const item = z.object({
  collection: address.nullable(),
  index: amount.nullable(),
  owner: address.nullable().exactOptional(),
  uri: z.string().exactOptional(),
});
const sale = z.object({
  codeKnown: z.boolean(),
  kind: z.enum(['fix-price', 'auction', 'offer']),
  marketplace: z.string(),
  marketplaceAddress: address.nullable(),
  item: address.nullable(),
  owner: address.nullable(),
  price: amount.nullable(),
  jettonPrices: z.record(address, z.object({ master: address, amount })).exactOptional(),
  feeAddress: address.nullable(),
  fee: amount.nullable(),
  royaltyAddress: address.nullable(),
  royalty: amount.nullable(),
});

const factsSchema: z.ZodType<TonFactRecord, unknown> = z.object({
  jettonWallets: z.record(z.string(), z.object({ master: address, owner: address }).nullable()),
  walletsOf: z.record(z.string(), address.nullable()),
  items: z.record(z.string(), item.nullable()),
  sales: z.record(z.string(), sale.nullable()),
  codeHashes: z.record(z.string(), z.string().nullable()),
});

const rawSchema = z.object({
  version: z.literal(VERSION),
  block: z.int(),
  /** Fingerprint of what was followed. */
  follow: z.string(),
  /** Each transaction once: ours, and those that caused them. */
  transactions: z.array(storedTransactionSchema),
  /** Hashes of our transactions, each with those of its ancestors, parent first. */
  ours: z.array(z.object({ hash: z.string(), ancestors: z.array(z.string()), facts: factsSchema })),
});

/** The bytes to archive (JSON, not compressed). @param follow fingerprint of what is followed now */
export function packTonBlock(block: number, follow: string, materials: readonly TonMaterial[]): Uint8Array {
  const transactions = new Map<string, TonTransaction>();
  for (const { input } of materials)
    for (const one of [input.transaction, ...input.ancestors]) transactions.set(one.hash, one);
  const ours = materials.map(({ input, facts }) => ({
    hash: input.transaction.hash,
    ancestors: input.ancestors.map(({ hash }) => hash),
    facts,
  }));
  const document = {
    version: VERSION,
    block,
    follow,
    transactions: [...transactions.values()].map(storeTransaction),
    ours,
  };
  return new TextEncoder().encode(JSON.stringify(toJson(document)));
}

/**
 * Reads what {@link packTonBlock} wrote.
 * @throws NdxError BLOCK_UNAVAILABLE when it is no such block, CONFIG_MISMATCH when other accounts were
 * followed
 */
export function unpackTonBlock(block: number, follow: string, raw: Uint8Array): TonMaterial[] {
  const { transactions, ours, ...read } = parse(block, raw);
  if (read.block !== block) throw damaged(block, `it holds block ${read.block}`);
  if (read.follow !== follow)
    throw new NdxError(
      'CONFIG_MISMATCH',
      `ton block ${block} was archived when the network file followed other accounts, of which alone it holds transactions: replay it from an endpoint, or with that network file`,
    );
  const byHash = new Map(transactions.map((transaction) => [transaction.hash, transaction]));
  const find = (hash: string): TonTransaction => {
    const found = byHash.get(hash);
    if (!found) throw damaged(block, `it lacks transaction ${hash}`);
    return found;
  };
  return ours.map(({ hash, ancestors, facts }) => ({
    input: { transaction: find(hash), ancestors: ancestors.map(find) },
    facts,
  }));
}

function parse(block: number, raw: Uint8Array): z.output<typeof rawSchema> {
  try {
    return rawSchema.parse(JSON.parse(new TextDecoder().decode(raw)));
  } catch (cause) {
    throw damaged(block, cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause), cause);
  }
}

function damaged(block: number, why: string, cause?: unknown): NdxError {
  return new NdxError('BLOCK_UNAVAILABLE', `the archived ton block ${block} cannot be read: ${why}`, {
    cause,
  });
}

/** Which record holds the answers of a kind. */
const RECORDS = {
  'jetton-wallet': 'jettonWallets',
  'wallet-of': 'walletsOf',
  item: 'items',
  sale: 'sales',
  'code-hash': 'codeHashes',
} as const satisfies Record<FactKind, keyof TonFactRecord>;

const keyOf = (need: FactNeed) =>
  about('owner' in need ? `${need.address} ${need.owner}` : need.address, need.at.block);
const about = (subject: string, block: number) => `${subject}@${block}`;

/**
 * Passes answers on and records them. The records are put in order only when they are read, which is where
 * blocks are archived.
 */
export function recordFacts(of: ContractFacts): {
  readonly facts: ContractFacts;
  readonly record: TonFactRecord;
} {
  const asked: { readonly need: FactNeed; readonly answer: unknown }[] = [];
  const noted = <T>(name: keyof TonFactRecord): Record<string, T> =>
    Object.fromEntries(
      asked.flatMap(({ need, answer }) => (RECORDS[need.kind] === name ? [[keyOf(need), answer as T]] : [])),
    );
  return {
    record: {
      get jettonWallets() {
        return noted<JettonWalletFacts | null>('jettonWallets');
      },
      get walletsOf() {
        return noted<string | null>('walletsOf');
      },
      get items() {
        return noted<ItemFacts | null>('items');
      },
      get sales() {
        return noted<SaleFacts | null>('sales');
      },
      get codeHashes() {
        return noted<string | null>('codeHashes');
      },
    },
    facts: {
      answer(need) {
        const answer = of.answer(need);
        if (answer !== undefined) asked.push({ need, answer });
        return answer;
      },
    },
  };
}

/** Answers what is recorded; anything else is unknown. */
export function factsOf(record: TonFactRecord): ContractFacts {
  return {
    answer<K extends FactKind>(need: FactNeed<K>) {
      const answers = record[RECORDS[need.kind]] as Readonly<Record<string, FactAnswer<K>>>;
      return answers[keyOf(need)];
    },
  };
}

/** Whether any of the facts says that the contract was a sale at the block. */
export function sellsBy(facts: readonly TonFactRecord[], address: string, block: number): boolean {
  return facts.some(({ sales }) => Boolean(sales[about(address, block)]));
}
