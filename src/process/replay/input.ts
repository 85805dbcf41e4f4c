/** What a replay reads: the endpoints of a chain, or the archive. */
import type { Archive } from '../../archive/archive.js';
import { openArchive } from '../../archive/open.js';
import type { Chain } from '../../events/event.js';
import { createArchiving } from '../../readers/archiving.js';
import type { BlockDecoder, ChainReader } from '../../readers/reader.js';
import { NdxError } from '../../runtime/errors.js';
import type { Shutdown } from '../../runtime/shutdown.js';
import { openBlockDecoder, openChain } from '../chains/table.js';
import type { Context } from '../context.js';

/** A `reader` asks endpoints; a `decoder` reads the archive and needs no endpoint. */
export type ReplayInput =
  | { readonly reader: ChainReader; readonly decoder?: undefined }
  | { readonly decoder: BlockDecoder; readonly archive: Archive; readonly reader?: undefined };

/**
 * Opens what the replay reads from; `shutdown` closes it again.
 * @throws NdxError CONFIG_INVALID when there is no endpoint, or the archive is asked for and NDX_ARCHIVE is
 * not set
 */
export async function openInput(
  context: Context,
  {
    chain,
    from,
    dryRun,
  }: { readonly chain: Chain; readonly from: 'chain' | 'stale' | 'archive'; readonly dryRun: boolean },
  shutdown: Shutdown,
): Promise<ReplayInput> {
  const { env } = context;
  const archive = env.archive && (await openArchive(env.archive, shutdown.signal));
  if (archive) shutdown.add('archive', async () => archive.close());
  if (from === 'archive') {
    if (archive) return { decoder: await openBlockDecoder(context, chain), archive };
    throw new NdxError(
      'CONFIG_INVALID',
      'there is no archive: set NDX_ARCHIVE to the folder or bucket that a listener keeps it in',
    );
  }
  const { reader, close } = await openChain(context, chain);
  shutdown.add('endpoints', close);
  if (!archive || dryRun) return { reader };
  // Keep the blocks that are read again in the archive, as a listener does.
  await archive.check();
  return { reader: createArchiving({ archive, reader }).reader };
}
