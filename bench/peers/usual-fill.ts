/** Fills the usual worker's queue: one job an event, of the same events that ours gets in batches. */
import { generateBatches } from '../chain/batches.js';
import { tell } from '../lab/child.js';
import { type UsualEvent, usualQueue } from './usual-queue.js';

const wanted = Number(process.env.EVENTS);
const queue = usualQueue();
await queue.waitUntilReady();
const events: UsualEvent[] = [];
for (const batch of generateBatches({
  seed: 3,
  wallets: 20_000,
  fromSlot: 1,
  toSlot: Math.ceil(wanted / 20),
  ours: 20,
  blocksPerBatch: 50,
})) {
  for (const transaction of batch.transactions) {
    for (const event of transaction.events) {
      if (events.length >= wanted) break;
      events.push({
        signature: transaction.transactionHash,
        slot: transaction.block,
        time: transaction.blockTime ?? 0,
        type: event.kind,
        mint: event.asset.address,
        from: event.from ?? null,
        to: event.to ?? null,
        amount: (event.amount ?? 0n).toString(),
        nft: event.asset.kind === 'nft',
      });
    }
  }
}
await queue.addBulk(
  events.map((data) => ({
    name: 'event',
    data,
    opts: { removeOnComplete: true, attempts: 50, backoff: 20 },
  })),
);
await tell({ transactions: new Set(events.map((event) => event.signature)).size });
await queue.close();
process.exit(0);
