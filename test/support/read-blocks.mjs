/**
 * A process that reads blocks of an endpoint, as compiled: prints how many it read and the most memory that
 * it was resident in, as JSON. Arguments: endpoint, first and last slot, readings at once.
 */
import { createByteBudget } from '../../dist/src/chains/http/bytes/budget.js';
import { createSolanaSource } from '../../dist/src/chains/solana/source.js';

const [url, from, to, readings] = process.argv.slice(2);
const log = { debug() {}, info() {}, warn() {}, error() {} };
const budget = createByteBudget();
const source = createSolanaSource({
  endpoints: [{ url, wsUrl: null }],
  keys: () => ['Vote111111111111111111111111111111111111111'],
  log,
  budget,
  retries: 0,
  backoffMs: 5,
  timeouts: { blockMs: 120_000, smallMs: 120_000 },
});
let most = 0;
const sampling = setInterval(() => {
  most = Math.max(most, process.memoryUsage.rss());
}, 10);
const read = async () => {
  let blocks = 0;
  let failure = null;
  const range = { fromBlock: Number(from), toBlock: Number(to) };
  const signal = new AbortController().signal;
  try {
    for await (const { block } of source.read(range, { finality: 'finalized', concurrency: 8, signal }))
      if (block !== null) blocks += 1;
  } catch (error) {
    failure = `${error.code}: ${error.message}`;
  }
  return { blocks, failure };
};
const ended = await Promise.all(Array.from({ length: Number(readings) }, read));
clearInterval(sampling);
await source.close();
process.stdout.write(
  JSON.stringify({ ended, megabytes: Math.round(most / 1024 / 1024), held: budget.held() }),
);
