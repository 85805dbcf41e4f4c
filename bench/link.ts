/**
 * `npm run bench:link -- [TRANSACTIONS]`: links a wallet with that many transactions (default 1,000,000)
 * while 50 events a second are reconciled, and prints what it took. Not part of `npm run bench`: it takes
 * minutes.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDatabase } from '../src/store/database.js';
import { measureLink } from './lab/linked-wallet.js';
import { startPostgres } from './lab/postgres.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const transactions = Number(process.argv[2] ?? 1_000_000);
if (!Number.isInteger(transactions) || transactions < 1) {
  process.stderr.write('usage: npm run bench:link -- [TRANSACTIONS]   (a whole number from 1)\n');
  process.exit(64);
}
const postgres = await startPostgres(join(ROOT, 'prisma'));
try {
  const { url, drop } = await postgres.create();
  const db = createDatabase({ url, poolSize: 6 });
  process.stdout.write(`${JSON.stringify(await measureLink(db, transactions), null, 2)}\n`);
  await db.close();
  await drop();
} finally {
  await postgres.stop();
}
