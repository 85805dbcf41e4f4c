/**
 * The embedded PostgreSQL is killed under a running `ndx up`, again and again while the devnet's users trade:
 * the queue goes with it. Everybody comes back by himself, and nothing is missing in the end.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import devnetNetwork from '../../config/networks/devnet.json' with { type: 'json' };
import { createDaemon } from '../support/daemon.js';
import { eventually } from '../support/eventually.js';
import { differences, tonDifferences } from '../support/oracle.js';
import { coverSlot } from '../support/solana-devnet.js';
import { coverBlock, pauseUsers } from '../support/ton-devnet.js';

const NDT = devnetNetwork.solana.tokens.find((token) => token.symbol === 'NDT')?.mint ?? '';
const NDT_TON = devnetNetwork.ton.follow.jettons.find((jetton) => jetton.symbol === 'NDT')?.master ?? '';

const daemon = createDaemon();
beforeAll(() => daemon.start({ NDX_DEVNET_SEED: 'server killed' }), 600_000);
afterAll(() => daemon.remove());

const serverPid = (): number =>
  Number(readFileSync(join(daemon.dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);

/** Transactions that the API serves of each chain, by their newest. */
async function newest(): Promise<Record<string, string>> {
  const of = async (chain: string): Promise<string> => {
    const reply = await fetch(`${daemon.api()}/v1/transactions?limit=1&chain=${chain}`);
    const { items } = (await reply.json()) as { items: { transactionHash: string }[] };
    return items[0]?.transactionHash ?? '';
  };
  return { solana: await of('solana'), ton: await of('ton') };
}

test('promise 3: listeners, workers, queue and API come back at the same address, and nothing is missing', async () => {
  for (const round of [1, 2, 3]) {
    const before = await eventually(
      async () => {
        const now = await newest();
        return now.solana !== '' && now.ton !== '' && now;
      },
      { what: 'transactions of both chains' },
    );
    const killed = serverPid();
    process.kill(killed, 'SIGKILL');
    await eventually(() => serverPid() !== killed, {
      what: `the server to be started again, round ${round}`,
    });
    await eventually(
      async () => {
        const now = await newest();
        return now.solana !== before.solana && now.ton !== before.ton;
      },
      { what: `new transactions of both chains, round ${round}` },
    );
  }
  expect(daemon.output().match(/the embedded PostgreSQL had ended: it was started again/g)).toHaveLength(3);
  await pauseUsers(daemon, true);
  await Promise.all([coverSlot(daemon), coverBlock(daemon)]);
  const pool = await daemon.pool();
  expect(await differences(pool, daemon.devnet(), NDT)).toEqual([]);
  expect(await tonDifferences(pool, daemon.tonDevnet(), NDT_TON)).toEqual([]);
  expect(await daemon.interrupt()).toBe(0);
});
