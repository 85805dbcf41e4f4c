/** An event's content as one number: what tells an unchanged event from one that a newer decoder reads differently. */
import { hash } from 'node:crypto';
import type { ChainEvent, DecodedTransaction, Json } from '../events/event.js';

type TransactionFacts = Pick<DecodedTransaction, 'signer' | 'networkFee' | 'gasUsed' | 'error' | 'aliases'>;

/** The part of a ledger row that makes its content. */
interface Content {
  readonly transactionHash: string;
  readonly blockTime: number | null;
  readonly event: ChainEvent;
  /** Stands with the transaction's first event. */
  readonly transaction?: TransactionFacts;
}

type Fields<T> = { readonly [K in keyof Required<T>]: (value: T) => unknown };

/** Every field in a fixed order; a field that is new in the type has to be added here to compile. bigint is no JSON, so it goes as text. */
const EVENT: Fields<ChainEvent> = {
  eventIndex: (event) => event.eventIndex,
  kind: (event) => event.kind,
  outcome: (event) => event.outcome,
  decoder: (event) => event.decoder,
  decoderVersion: (event) => event.decoderVersion,
  asset: ({ asset }) => [asset.kind, asset.address],
  from: (event) => event.from,
  to: (event) => event.to,
  amount: (event) => event.amount?.toString(),
  decimals: (event) => event.decimals,
  price: ({ price }) => price && [price.amount.toString(), price.currency, price.decimals],
  fees: ({ fees }) => fees && [fees.marketplace?.toString(), fees.royalty?.toString()],
  marketplace: (event) => event.marketplace,
  movements: ({ movements }) =>
    movements?.map(({ token, account, owner, delta }) => [token, account, owner, delta.toString()]),
  nft: ({ nft }) =>
    nft && [nft.contract, nft.collection, nft.creator, nft.name, nft.uri, nft.royaltyBasisPoints],
  stake: ({ stake }) => stake && [stake.pool, stake.lockSeconds, stake.apy],
  repriceOnly: (event) => event.repriceOnly,
  details: ({ details }) => details && sorted(details),
};

const TRANSACTION: Fields<TransactionFacts> = {
  signer: (facts) => facts.signer,
  networkFee: (facts) => facts.networkFee?.toString(),
  gasUsed: (facts) => facts.gasUsed?.toString(),
  error: (facts) => facts.error,
  aliases: (facts) => facts.aliases,
};

const EVENT_FIELDS = Object.values(EVENT);
const TRANSACTION_FIELDS = Object.values(TRANSACTION);

/** First 8 bytes of sha256 over the content, as the signed integer that PostgreSQL holds. */
export function digestOf(row: Content): bigint {
  const { event, transaction } = row;
  const content: unknown[] = [row.transactionHash, row.blockTime];
  for (const field of EVENT_FIELDS) content.push(field(event));
  if (transaction) for (const field of TRANSACTION_FIELDS) content.push(field(transaction));
  return hash('sha256', JSON.stringify(content), 'buffer').readBigInt64BE(0);
}

/** The same JSON whatever order its keys were written in. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value as { readonly [key: string]: Json }).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  return entries.map(([key, item]) => [key, sorted(item)]);
}
