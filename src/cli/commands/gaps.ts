/** `ndx gaps`: blocks that are not reconciled, and blocks last read under another configuration. */
import { Command } from 'commander';
import { CHAINS, type Chain } from '../../events/event.js';
import { type BlockRange, blockCount, gapsIn } from '../../events/range.js';
import type { Context } from '../../process/context.js';
import type { Output } from '../../process/output.js';
import { chainOption, withExamples } from '../help.js';

interface ChainGaps {
  readonly chain: Chain;
  readonly fingerprint: string;
  readonly startBlock: number;
  readonly finalized: number;
  readonly missingBlocks: number;
  readonly gaps: readonly BlockRange[];
  readonly staleBlocks: number;
  /**
   * Blocks covered only under another fingerprint (other decoders or another configuration). `ndx replay
   * --stale` reads them again.
   */
  readonly stale: readonly BlockRange[];
}

export function gapsCommand(context: Context): Command {
  const command = new Command('gaps')
    .description('list the final blocks that are not reconciled, chain by chain')
    .addOption(chainOption('only this chain'))
    .option('--json', 'print {"chains": […]}')
    .action(async (options: { readonly chain?: Chain; readonly json?: true }) => {
      const chains = await readGaps(context, options.chain);
      if (options.json) context.out.json({ chains });
      else if (chains.length === 0)
        context.out.print(
          'No chain has been followed on this database yet: start with `ndx up` or `ndx listen`.',
        );
      else for (const chain of chains) print(context, chain);
    });
  command.addHelpText(
    'after',
    '\nA running `ndx listen` fills gaps by itself. Stale blocks were read under another fingerprint (decoders or network file changed): `ndx replay --stale` reads them again.\nExit code 0 whether there are gaps or not; `ndx verify` is what fails.',
  );
  return withExamples(command, ['ndx gaps', 'ndx gaps --chain solana --json']);
}

async function readGaps(context: Context, only: Chain | undefined): Promise<ChainGaps[]> {
  const { assertReady, createDatabase } = await import('../../store/database.js');
  const { readChainState } = await import('../../store/chain-state.js');
  const { listAllCoverage, listStale } = await import('../../store/coverage/coverage.js');
  return context.withDatabase(async ({ url }) => {
    const db = createDatabase({ url, poolSize: 2, statementTimeout: 60_000 });
    try {
      await assertReady(db);
      const found: ChainGaps[] = [];
      for (const chain of only ? [only] : CHAINS) {
        const state = await readChainState(db, chain);
        if (!state) continue;
        const { fingerprint, startBlock, finalized } = state;
        const gaps = gapsIn(await listAllCoverage(db, chain), startBlock, finalized);
        const stale = await listStale(db, chain, fingerprint);
        found.push({
          chain,
          fingerprint,
          startBlock,
          finalized,
          missingBlocks: blockCount(gaps),
          gaps,
          staleBlocks: blockCount(stale),
          stale,
        });
      }
      return found;
    } finally {
      await db.close();
    }
  });
}

const RANGES_SHOWN = 50;

function print({ out }: Context, { chain, startBlock, finalized, ...found }: ChainGaps): void {
  const { paint } = out;
  const missing =
    found.missingBlocks === 0
      ? paint.green('no gaps')
      : paint.yellow(`${found.missingBlocks} blocks missing`);
  out.print(
    `${paint.bold(chain)} blocks ${startBlock}..${finalized}, fingerprint ${found.fingerprint}: ${missing}`,
  );
  ranges(out, found.gaps, '');
  if (found.staleBlocks === 0) return;
  out.print(`  ${paint.yellow(`${found.staleBlocks} blocks stale`)}: read under another fingerprint`);
  ranges(out, found.stale, 'stale ');
}

function ranges(out: Output, list: readonly BlockRange[], word: string): void {
  for (const { fromBlock, toBlock } of list.slice(0, RANGES_SHOWN)) {
    const blocks = toBlock - fromBlock + 1;
    out.print(
      `  ${word}${fromBlock}..${toBlock} ${out.paint.dim(`(${blocks} ${blocks === 1 ? 'block' : 'blocks'})`)}`,
    );
  }
  if (list.length > RANGES_SHOWN) out.print(`  and ${list.length - RANGES_SHOWN} more: --json lists all`);
}
