/**
 * Which columns name the user of a wallet: what a move changes. A table that gets such a column gets its line
 * here.
 */

export interface MovedTable {
  readonly name: string;
  /** Column in whose order others lock the rows. */
  readonly order: string;
  /** Column that holds a user's id (indexed) → SQL of the address of the wallet that it is the user of. */
  readonly columns: Readonly<Record<string, string>>;
}

export const MOVED_TABLES: readonly MovedTable[] = [
  { name: 'NFT', order: 'tokenId', columns: { owner: 't."ownerAddress"', creatorId: 't."creatorAddress"' } },
  {
    name: 'Transaction',
    order: 'id',
    columns: {
      sellerId: `t.metadata->>'from'`,
      buyerId: `t.metadata->>'to'`,
      // The buyer of a sale and the recipient of a mint, else who gave (src/projections/transactions/row.ts).
      userId: `CASE WHEN t."transactionType" IN ('sale', 'mint')
                    THEN COALESCE(t.metadata->>'to', t.metadata->>'from') ELSE t.metadata->>'from' END`,
    },
  },
];
