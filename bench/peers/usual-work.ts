/** The usual worker itself: a job is an event, an event is one Prisma transaction of upserts. */
import { createDatabase } from '../../src/store/database.js';
import { tell } from '../lab/child.js';
import { type UsualEvent, usualWorker } from './usual-queue.js';

const CONCURRENCY = 10;
const { prisma } = createDatabase({ url: process.env.DATABASE_URL ?? '', poolSize: CONCURRENCY });

async function handle(event: UsualEvent): Promise<void> {
  const at = new Date(event.time * 1000);
  const times = { createdAt: at, updatedAt: at };
  await prisma.$transaction(
    async (tx) => {
      const users = new Map<string, string>();
      for (const address of new Set([event.from, event.to].filter((item) => item !== null))) {
        const user = await tx.user.upsert({
          where: { walletAddress: address },
          create: { walletAddress: address, ...times },
          update: { updatedAt: at },
        });
        await tx.wallet.upsert({
          where: { address },
          create: { address, chain: 'solana', userId: user.id, ...times },
          update: { updatedAt: at },
        });
        users.set(address, user.id);
      }
      const [seller, buyer] = [
        event.from ? users.get(event.from) : undefined,
        event.to ? users.get(event.to) : undefined,
      ];
      if (!event.nft) {
        for (const [userId, sign] of [
          [seller, '-'],
          [buyer, ''],
        ] as const) {
          if (!userId) continue;
          const change = `${sign}${event.amount}`;
          await tx.musicToken.upsert({
            where: { userId_chain: { userId, chain: 'solana' } },
            create: { userId, chain: 'solana', balance: change, ...times },
            update: { balance: { increment: change }, updatedAt: at },
          });
        }
      }
      const facts = {
        transactionType: event.type,
        status: 'completed',
        chain: 'solana',
        blockNumber: BigInt(event.slot),
        createdAt: at,
      };
      await tx.transaction.upsert({
        where: { transactionHash: event.signature },
        create: {
          transactionHash: event.signature,
          sellerId: seller ?? null,
          buyerId: buyer ?? null,
          userId: seller ?? null,
          ...facts,
        },
        update: facts,
      });
    },
    { maxWait: 60_000, timeout: 60_000 },
  );
}

const worker = usualWorker(handle, CONCURRENCY);
worker.on('error', () => undefined);
await worker.waitUntilReady();
await tell({ ready: true });
process.once('disconnect', () => process.exit(0));
process.once('SIGTERM', () => process.exit(0));
