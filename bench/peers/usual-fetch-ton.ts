/**
 * The usual worker's listener on TON: one block after the other over TonClient4, one job for every message
 * that looks like an event.
 */
import { Address } from '@ton/core';
import { TonClient4 } from '@ton/ton';
import { tell } from '../lab/child.js';
import { type UsualEvent, usualQueue } from './usual-queue.js';

/** Message → what it is taken for. */
const OPS: ReadonlyMap<number, string> = new Map([
  [0x0f8a7ea5, 'transfer'],
  [0x178d4519, 'receive'],
  [0x595f07bc, 'burn'],
  [0x5fcc3d14, 'nft-transfer'],
  [0x05138d91, 'nft-assigned'],
]);

const client = new TonClient4({ endpoint: process.env.RPC_URL ?? '' });
const blocks = Number(process.env.BLOCKS);
const queue = usualQueue();
await queue.waitUntilReady();
const seen = new Set<string>();

for (let seqno = 1; seqno <= blocks; seqno++) {
  const { shards } = await client.getBlock(seqno);
  for (const { account, lt, hash } of shards.flatMap((shard) => shard.transactions)) {
    const [found] = await client.getAccountTransactions(
      Address.parse(account),
      BigInt(lt),
      Buffer.from(hash, 'base64'),
    );
    const message = found?.tx.inMessage;
    const body = message?.body.beginParse();
    if (!found || message?.info.type !== 'internal' || !body || body.remainingBits < 96) continue;
    const type = OPS.get(body.loadUint(32));
    if (type === undefined) continue;
    const signature = found.tx.hash().toString('hex');
    seen.add(signature);
    const nft = type.startsWith('nft');
    const event: UsualEvent = {
      signature,
      slot: seqno,
      time: found.tx.now,
      type,
      mint: account,
      from: message.info.src.toString(),
      to: message.info.dest.toString(),
      amount: nft ? '1' : body.skip(64).loadCoins().toString(),
      nft,
    };
    await queue.add('event', event, { removeOnComplete: true, attempts: 50, backoff: 20 });
  }
}
await tell({ transactions: seen.size });
await queue.close();
