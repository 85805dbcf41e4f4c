/**
 * Two listener processes of one chain: one leads, the other takes over when the first is killed or frozen.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import devnetNetwork from '../../config/networks/devnet.json' with { type: 'json' };
import { readLease } from '../../src/store/lease/lease.js';
import { eventually } from '../support/eventually.js';
import { differences } from '../support/oracle.js';
import { coverSlot, pauseTraffic } from '../support/solana-devnet.js';
import { type Fleet, startFleet } from './fleet.js';
import type { Part } from './processes.js';
import { createRandom } from './random.js';

const NDT = devnetNetwork.solana.tokens.find((token) => token.symbol === 'NDT')?.mint ?? '';

describe('leader of a chain', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    const random = createRandom('leader');
    fleet = await startFleet({
      seed: 'leader',
      backend: 'postgres',
      chains: ['solana'],
      commitment: 'confirmed',
      random,
      slotMilliseconds: 200,
    });
    fleet.startListening();
    await eventually(async () => (await readLease(fleet, 'solana')) !== null, { what: 'a leader' });
  });
  afterAll(() => fleet.close());

  const leader = async (): Promise<{ part: Part; token: number; holder: string }> => {
    const lease = await readLease(fleet, 'solana');
    const part = fleet.listeners.find((item) => lease?.holder.endsWith(`:${item.pid()}`));
    if (!lease || !part) throw new Error(`nobody leads: ${JSON.stringify(lease)}`);
    return { part, ...lease };
  };
  const taken = async (from: { readonly token: number }): Promise<number> => {
    const asked = Date.now();
    await eventually(async () => ((await readLease(fleet, 'solana'))?.token ?? 0) > from.token, {
      what: 'another leader',
    });
    return Date.now() - asked;
  };

  test('when the leader is killed the other takes over within the lease, and goes on', async () => {
    const first = await leader();
    // Started again at once it might take the lease itself.
    const startAgain = first.part.takeDown();
    await taken(first);
    const second = await leader();
    expect(second.part).not.toBe(first.part);
    startAgain();
    const { rows } = await fleet.pool.query<{ head: string }>(
      `SELECT head FROM chain_state WHERE chain = 'solana'`,
    );
    await eventually(
      async () => {
        const now = await fleet.pool.query<{ head: string }>(
          `SELECT head FROM chain_state WHERE chain = 'solana'`,
        );
        return Number(now.rows[0]?.head) > Number(rows[0]?.head ?? 0) + 5;
      },
      { what: 'the head to move on' },
    );
  });

  test('when the leader is frozen the other takes over, and the first cannot write when it wakes up', async () => {
    const first = await leader();
    first.part.signal('SIGSTOP');
    await taken(first);
    const second = await leader();
    expect(second.part).not.toBe(first.part);
    first.part.signal('SIGCONT');
    await eventually(async () => fleet.log().includes(`"token":${first.token},"reason"`), {
      what: 'the first to notice',
    });
    await sleep(2_000);
    expect(await leader()).toMatchObject({ token: second.token, holder: second.holder });
    // It stands by, in the same process.
    expect(first.part.pid()).toBe(Number(first.holder.split(':').at(-1)));
    expect(first.part.fell).toEqual([]);
  });

  test('promise 3: nothing was lost or doubled by any of it', async () => {
    await pauseTraffic(fleet.devnet, true);
    await coverSlot({ api: fleet.api, devnet: () => fleet.devnet });
    await eventually(
      async () => {
        const { rows } = await fleet.pool.query(
          `SELECT 1 FROM ledger_event WHERE finality = 'confirmed' LIMIT 1`,
        );
        return rows.length === 0;
      },
      { what: 'nothing to be pending' },
    );
    expect(await differences(fleet.pool, fleet.devnet, NDT)).toEqual([]);
  });
});
