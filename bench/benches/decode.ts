/** Whole real blocks with every decoder on and every NFT followed, against JSON.parse of the same bytes. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { createKeyFinder } from '../../src/chains/solana/rpc/keys.js';
import { readBlock } from '../../src/chains/solana/rpc/read-block.js';
import { createSolanaDecoder } from '../../src/decoders/solana/registry.js';
import { type Bench, type Contender, type Goal, judge, measure } from '../bench.js';
import { benchNetwork } from '../chain/batches.js';
import { capturedBlockFile, generateChain, REAL_SIZED } from '../chain/blocks.js';

export const decode: Bench = {
  name: 'decode',
  about:
    'a whole block to its events with every decoder on and every NFT followed, from the bytes of its answer, as a listener does it',
  run: async (context) => {
    const { solana } = benchNetwork();
    if (!solana) throw new Error('the devnet network file follows no Solana');
    const decoder = createSolanaDecoder({ ...solana.follow, nfts: { ...solana.follow.nfts, all: true } });
    const keys = createKeyFinder(decoder.keys());
    const repeat = context.quick ? 10 : 20;
    const timed = (work: () => void) => async () => {
      const start = performance.now();
      for (let at = 0; at < repeat; at++) work();
      return { value: (repeat * 1000) / (performance.now() - start) };
    };
    const contenders: Contender[] = [];
    const goals: Goal[] = [];
    for (const { name, text } of wholeBlocks()) {
      // As nodes send it, without white space: one of the captures is laid out for people.
      const body = Buffer.from(JSON.stringify(JSON.parse(text)));
      const [parse, ours] = [`JSON.parse, ${name}`, `ours, ${name}`];
      contenders.push({
        name: parse,
        unit: 'blocks/s',
        work: name,
        run: timed(() => void JSON.parse(body.toString('utf8'))),
      });
      const work = (): void => {
        for (const transaction of readBlock(SLOT, body, keys).transactions) decoder.decode(transaction);
      };
      // A listener runs for months: compiled code is measured, not its compilation.
      for (let at = 0; at < WARM_UP; at++) work();
      contenders.push({ name: ours, unit: 'blocks/s', work: name, run: timed(work) });
      // Half: finding, parsing and decoding together take at most twice as long as parsing alone.
      goals.push({
        name: `${name}: from bytes to events, of the speed of JSON.parse`,
        want: 0.5,
        sense: 'at-least',
        value: (median) => median(ours) / median(parse),
      });
    }
    const measured = await measure(contenders, context);
    return { bench: decode.name, about: decode.about, measured, goals: judge(goals, measured), notes: [] };
  },
};

/** The captured blocks, where they are: one of an ordinary hour and one full of NFT mints. */
function wholeBlocks(): { readonly name: string; readonly text: string }[] {
  const found = CAPTURED.flatMap((file) => {
    const path = capturedBlockFile(file);
    if (path === null) return [];
    const bytes = readFileSync(path);
    return [
      {
        name: `mainnet block ${file.split('.')[0]}`,
        text: (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'),
      },
    ];
  });
  if (found.length > 0) return found;
  const chain = generateChain({ ...REAL_SIZED, blocks: 1 });
  return [{ name: 'generated block', text: Buffer.concat([...chain.block(1).full]).toString('utf8') }];
}

const WARM_UP = 100;
/** After the parents of the captured blocks. */
const SLOT = 400_000_000;
const CAPTURED = ['332254855.json.gz', '102747503.json'];
