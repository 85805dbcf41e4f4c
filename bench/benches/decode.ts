/** A whole real block with every decoder on and every NFT followed, against JSON.parse of the same bytes. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { normaliseBlock } from '../../src/chains/solana/normalise/block.js';
import { createSolanaDecoder } from '../../src/decoders/solana/registry.js';
import { type Bench, judge, measure } from '../bench.js';
import { benchNetwork } from '../chain/batches.js';
import { capturedBlockFile, generateChain, REAL_SIZED } from '../chain/blocks.js';

export const decode: Bench = {
  name: 'decode',
  about: 'a whole block, every transaction normalised and decoded with every decoder on',
  run: async (context) => {
    const { name, text } = wholeBlock();
    const { solana } = benchNetwork();
    if (!solana) throw new Error('the devnet network file follows no Solana');
    const decoder = createSolanaDecoder({ ...solana.follow, nfts: { ...solana.follow.nfts, all: true } });
    const repeat = context.quick ? 5 : 20;
    const timed = (work: () => void) => async () => {
      const start = performance.now();
      for (let at = 0; at < repeat; at++) work();
      return { value: (repeat * 1000) / (performance.now() - start) };
    };
    const parsed = JSON.parse(text) as { readonly result?: unknown };
    const answer = parsed.result ?? parsed;
    const measured = await measure(
      [
        { name: 'JSON.parse', unit: 'blocks/s', work: name, run: timed(() => void JSON.parse(text)) },
        {
          name: 'ours: normalise and decode',
          unit: 'blocks/s',
          work: name,
          run: timed(() => {
            for (const transaction of normaliseBlock(answer, { slot: 332_254_855 }).transactions) decoder.decode(transaction);
          }),
        },
      ],
      context,
    );
    const goals = judge(
      [
        {
          name: 'of the speed of JSON.parse',
          want: 0.5,
          sense: 'at-least',
          value: (median) => median('ours: normalise and decode') / median('JSON.parse'),
        },
      ],
      measured,
    );
    return { bench: decode.name, about: decode.about, measured, goals, notes: [] };
  },
};

function wholeBlock(): { readonly name: string; readonly text: string } {
  const file = capturedBlockFile();
  if (file !== null) return { name: 'mainnet block 332254855', text: gunzipSync(readFileSync(file)).toString('utf8') };
  const chain = generateChain({ ...REAL_SIZED, blocks: 1 });
  return { name: 'generated block', text: Buffer.concat([...chain.block(1).full]).toString('utf8') };
}
