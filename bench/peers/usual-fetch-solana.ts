/** The usual worker's listener: one block after the other, one job an event. */
import { Connection } from '@solana/web3.js';
import { NDT_MINT } from '../chain/ours.js';
import { tell } from '../lab/child.js';
import { FOLLOWED_PROGRAMS } from './followed.js';
import { type UsualEvent, usualQueue } from './usual-queue.js';

const connection = new Connection(process.env.RPC_URL ?? '', 'finalized');
const blocks = Number(process.env.BLOCKS);
const queue = usualQueue();
await queue.waitUntilReady();
const followed = new Set([...FOLLOWED_PROGRAMS, NDT_MINT]);
let transactions = 0;

for (let slot = 1; slot <= blocks; slot++) {
  const block = await connection.getBlock(slot, { maxSupportedTransactionVersion: 0, rewards: false });
  if (!block) continue;
  for (const { transaction, meta } of block.transactions) {
    const keys = transaction.message.staticAccountKeys.map((key) => key.toBase58());
    const balances = (meta?.postTokenBalances ?? []).filter((balance) => balance.mint === NDT_MINT);
    if (!keys.some((key) => followed.has(key)) && balances.length === 0) continue;
    transactions += 1;
    const signature = transaction.signatures[0] ?? '';
    const before = new Map(
      meta?.preTokenBalances?.map((balance) => [balance.accountIndex, BigInt(balance.uiTokenAmount.amount)]),
    );
    const changes = balances.map((balance) => ({
      owner: balance.owner ?? '',
      delta: BigInt(balance.uiTokenAmount.amount) - (before.get(balance.accountIndex) ?? 0n),
    }));
    const type =
      /Instruction: (\w+)/.exec(
        meta?.logMessages?.find((line) => line.includes('Instruction: ')) ?? '',
      )?.[1] ?? 'transfer';
    const giver = changes.find((change) => change.delta < 0n);
    const taker = changes.find((change) => change.delta > 0n);
    const amount = taker?.delta ?? -(giver?.delta ?? 0n);
    const event: UsualEvent = {
      signature,
      slot,
      time: block.blockTime ?? 0,
      type,
      mint: type.endsWith('_track') ? (keys[1] ?? NDT_MINT) : NDT_MINT,
      from: giver?.owner ?? keys[0] ?? null,
      to: taker?.owner ?? null,
      amount: amount.toString(),
      nft: type.endsWith('_track'),
    };
    await queue.add('event', event, { removeOnComplete: true, attempts: 50, backoff: 20 });
  }
}
await tell({ transactions });
await queue.close();
