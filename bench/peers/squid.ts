/** The squid SDK's process; see squid-contender.ts. */
import { DataSourceBuilder, SolanaRpcClient } from '@subsquid/solana-stream';
import pg from 'pg';
import { NDT_MINT } from '../chain/ours.js';
import { tell } from '../lab/child.js';
import { FOLLOWED_PROGRAMS } from './followed.js';

const { RPC_URL = '', DATABASE_URL = '' } = process.env;
const blocks = Number(process.env.BLOCKS);
const client = new SolanaRpcClient({ url: RPC_URL, capacity: 10, maxBatchCallSize: 10 });
const source = new DataSourceBuilder()
  .setRpc({ client, strideSize: 5, strideConcurrency: 5 })
  .setBlockRange({ from: 1, to: blocks })
  .setFields({
    block: { timestamp: true },
    transaction: { signatures: true, err: true },
    tokenBalance: { preAmount: true, postAmount: true, postOwner: true, postMint: true },
    instruction: { programId: true, accounts: true, data: true },
  })
  .addTokenBalance({ where: { postMint: [NDT_MINT] }, include: { transaction: true } })
  .addInstruction({ where: { programId: [...FOLLOWED_PROGRAMS] }, include: { transaction: true } })
  .build();

const db = new pg.Client({ connectionString: DATABASE_URL });
await db.connect();
await db.query(
  'CREATE TABLE movement (slot bigint, signature text, account text, owner text, delta numeric, PRIMARY KEY (signature, account))',
);

let rows = 0;
const seen = new Set<string>();
for await (const batch of source.getBlockStream(1)) {
  const found = batch.flatMap((block) => {
    for (const transaction of block.transactions) seen.add(transaction.signatures[0] ?? '');
    const signatures = new Map(
      block.transactions.map((transaction) => [
        transaction.transactionIndex,
        transaction.signatures[0] ?? '',
      ]),
    );
    return block.tokenBalances
      .filter((balance) => balance.postMint === NDT_MINT)
      .map((balance) => ({
        slot: block.header.height,
        signature: signatures.get(balance.transactionIndex) ?? '',
        account: balance.account,
        owner: balance.postOwner ?? null,
        delta: (balance.postAmount ?? 0n) - (balance.preAmount ?? 0n),
      }));
  });
  if (found.length === 0) continue;
  await db.query(
    'INSERT INTO movement SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::numeric[]) ON CONFLICT DO NOTHING',
    [
      found.map((row) => row.slot),
      found.map((row) => row.signature),
      found.map((row) => row.account),
      found.map((row) => row.owner),
      found.map((row) => row.delta),
    ],
  );
  rows += found.length;
}
await tell({ doneAt: Date.now(), rows, transactions: seen.size });
await db.end();
process.exit(0);
