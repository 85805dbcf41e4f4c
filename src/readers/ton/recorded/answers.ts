/**
 * Forms in which an input says what get-methods answered: `interfaces` of an indexer's trace, or `facts` in
 * this program's own form: `{"jettonWallets": {ADDRESS: {"master", "owner"}}, "items": {ADDRESS:
 * {"collection", "index", "owner"?, "uri"?}}, "sales": {ADDRESS: {"kind", "item", "owner", "price", …}},
 * "codeHashes": {ADDRESS: HEX}}`; null: checked, and it is no such contract.
 */
import { z } from 'zod';
import type { ItemFacts, JettonWalletFacts, SaleFacts } from '../../../decoders/ton/contract-facts.js';
import { knownMarketplace } from '../../../decoders/ton/sales/marketplaces.js';
import { parseTonAddress } from '../../../events/ton-address.js';

export interface Answers {
  readonly jettonWallets: Readonly<Record<string, JettonWalletFacts | null>>;
  readonly items: Readonly<Record<string, ItemFacts | null>>;
  readonly sales: Readonly<Record<string, SaleFacts | null>>;
  readonly codeHashes: Readonly<Record<string, string | null>>;
}

const address = z.string().transform((text, context) => {
  const raw = parseTonAddress(text);
  if (raw !== null) return raw;
  context.issues.push({ code: 'custom', message: 'must be a TON address', input: text });
  return z.NEVER;
});
const amount = z.union([z.string().regex(/^\d+$/), z.int().nonnegative()]).transform(BigInt);
/** Indexes have up to 256 bits: a JSON number beyond 2^53 is rounded and says nothing exact. */
const index = z
  .union([z.string().regex(/^\d+$/), z.number()])
  .nullish()
  .transform((value) =>
    value == null || (typeof value === 'number' && !Number.isSafeInteger(value)) ? null : BigInt(value),
  );
const maybeAddress = address.nullish().transform((value) => value ?? null);
const maybeAmount = amount.nullish().transform((value) => value ?? null);

const item = z
  .object({ collection: maybeAddress, index, owner: maybeAddress, uri: z.string().optional() })
  .transform(({ uri, ...facts }): ItemFacts => ({ ...facts, ...(uri !== undefined && { uri }) }));

const sale = z
  .object({
    kind: z.enum(['fix-price', 'auction', 'offer']),
    codeKnown: z.boolean().default(true),
    marketplace: z.string().optional(),
    marketplaceAddress: maybeAddress,
    item: maybeAddress,
    owner: maybeAddress,
    price: maybeAmount,
    jettonPrices: z.record(address, z.object({ master: address, amount })).optional(),
    feeAddress: maybeAddress,
    fee: maybeAmount,
    royaltyAddress: maybeAddress,
    royalty: maybeAmount,
  })
  .transform(
    ({ jettonPrices, marketplace, ...facts }): SaleFacts => ({
      ...facts,
      marketplace: marketplace ?? knownMarketplace('', facts).name,
      ...(jettonPrices !== undefined && { jettonPrices }),
    }),
  );

export const factsSchema = z.object({
  jettonWallets: z.record(address, z.object({ master: address, owner: address }).nullable()).default({}),
  items: z.record(address, item.nullable()).default({}),
  sales: z.record(address, sale.nullable()).default({}),
  codeHashes: z.record(address, z.string().toLowerCase().nullable()).default({}),
});

/**
 * A sale as another indexer describes it. It takes whatever answers as getgems' contracts do for a sale or an
 * auction: unless it also gives a code hash that is known, pay-outs must confirm the sale. Its fees are
 * amounts or shares, whatever the contract does: they are not read.
 */
function answered(
  kind: SaleFacts['kind'],
  codeHash: string | null | undefined,
  said: Omit<SaleFacts, 'kind' | 'codeKnown' | 'marketplace' | 'fee' | 'royalty'>,
): SaleFacts {
  const { name, codeKnown } = knownMarketplace(
    codeHash == null ? '' : Buffer.from(codeHash, 'base64').toString('hex'),
    said,
  );
  return {
    kind,
    codeKnown,
    marketplace: name === 'unknown' ? 'getgems' : name,
    fee: null,
    royalty: null,
    ...said,
  };
}
/** A JSON number beyond 2^53 is rounded, so it counts as unknown. */
const roundedAmount = z
  .union([z.string().regex(/^\d+$/), z.number()])
  .nullish()
  .transform((value) =>
    value == null || (typeof value === 'number' && !Number.isSafeInteger(value)) ? null : BigInt(value),
  );
const codeHash = z.string().nullish();

const interfaces = z.record(
  address,
  z.looseObject({
    JettonWallet: z.looseObject({ owner: address, jetton: address }).optional(),
    NftItem: z
      .looseObject({
        collection_address: maybeAddress,
        owner_address: maybeAddress,
        index,
        content: z.looseObject({ uri: z.unknown().optional() }).nullish(),
      })
      .optional(),
    NftSale: z
      .looseObject({
        ...{
          marketplace_address: maybeAddress,
          nft_address: maybeAddress,
          nft_owner_address: maybeAddress,
          full_price: roundedAmount,
        },
        ...{ marketplace_fee_address: maybeAddress, royalty_address: maybeAddress, code_hash: codeHash },
      })
      .optional(),
    NftAuction: z
      .looseObject({
        ...{
          mp_addr: maybeAddress,
          nft_addr: maybeAddress,
          nft_owner: maybeAddress,
          last_bid: roundedAmount,
        },
        ...{ mp_fee_addr: maybeAddress, royalty_fee_addr: maybeAddress, code_hash: codeHash },
      })
      .optional(),
    NominatorPool: z.unknown().optional(),
  }),
);
type Interface = z.output<typeof interfaces>[string];

/**
 * An account without an interface of some kind is answered with "no such contract": the indexer looked at all
 * of its accounts.
 */
export const interfacesSchema = interfaces.transform((accounts): Answers => {
  const all = Object.entries(accounts);
  const record = <T>(read: (found: Interface) => T | null) =>
    Object.fromEntries(all.map(([account, found]) => [account, read(found)]));
  return {
    jettonWallets: record(({ JettonWallet: wallet }) =>
      wallet ? { master: wallet.jetton, owner: wallet.owner } : null,
    ),
    items: record(itemOf),
    sales: record(saleOf),
    codeHashes: record(({ NominatorPool: pool }) => (pool === undefined ? null : NOMINATOR_POOL_CODE)),
  };
});

/** Hash of the code by which the interface is known. */
const NOMINATOR_POOL_CODE = '9a3ec14bc098f6b44064c305222caea2800f17dda85ee6a8198a7095ede10dcf';

function itemOf({ NftItem: nft }: Interface): ItemFacts | null {
  if (nft === undefined) return null;
  const uri = nft.content?.uri;
  return {
    collection: nft.collection_address,
    index: nft.index,
    owner: nft.owner_address,
    ...(typeof uri === 'string' && { uri }),
  };
}

function saleOf({ NftSale: fixed, NftAuction: auction }: Interface): SaleFacts | null {
  if (fixed !== undefined)
    return answered('fix-price', fixed.code_hash, {
      ...{
        marketplaceAddress: fixed.marketplace_address,
        item: fixed.nft_address,
        owner: fixed.nft_owner_address,
      },
      ...{
        price: fixed.full_price || null,
        feeAddress: fixed.marketplace_fee_address,
        royaltyAddress: fixed.royalty_address,
      },
    });
  if (auction === undefined) return null;
  return answered('auction', auction.code_hash, {
    ...{
      marketplaceAddress: auction.mp_addr,
      item: auction.nft_addr,
      owner: auction.nft_owner,
      price: auction.last_bid || null,
    },
    ...{ feeAddress: auction.mp_fee_addr, royaltyAddress: auction.royalty_fee_addr },
  });
}
