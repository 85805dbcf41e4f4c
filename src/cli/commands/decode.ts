/**
 * `ndx decode`: results of an RPC node, from a file, as canonical events. Needs no database and no network.
 */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { Command } from 'commander';
import { loadNetwork } from '../../../config/networks.js';
import type { SolanaFollow } from '../../decoders/solana/follow.js';
import { flattenEvent } from '../../events/json.js';
import type { Context } from '../../process/context.js';
import { readDocuments } from '../../readers/recorded/documents.js';
import { messageOf, NdxError } from '../../runtime/errors.js';
import { chainOption, wholeNumber, withExamples } from '../help.js';

interface Options {
  readonly chain: 'solana' | 'ton';
  readonly input: string;
  readonly config?: string;
  readonly slot?: number;
  readonly followed?: true;
  readonly all?: true;
  readonly assumeVerified?: true;
  readonly why?: true;
}

const NOTHING: SolanaFollow = {
  programs: [],
  tokens: [],
  nfts: { mints: [], collections: [], creators: [], all: false },
};

/** `stdin`: what `--input -` reads. */
export function decodeCommand(
  context: Pick<Context, 'out' | 'network' | 'paths'>,
  stdin: Readable = process.stdin,
): Command {
  const command = new Command('decode')
    .description('print the canonical events of recorded transactions, one JSON object a line')
    .addOption(chainOption('chain that the input is of').makeOptionMandatory())
    .requiredOption(
      '--input <file>',
      'file, or - for standard input: one result, a JSON array of results, or one result a line; may be gzipped. ' +
        'solana: getTransaction or getBlock results, encodings json, jsonParsed, base64. ' +
        'ton: traces, transactions of toncenter v3 or v2, transaction cells in base64 or hex',
    )
    .option('--config <file>', 'network file that says what is followed (default: the one of NDX_NETWORK)')
    .option(
      '--slot <number>',
      'slot of the block in the input, which a getBlock result does not repeat',
      wholeNumber(0),
    )
    .option('--all', 'every NFT, followed or not (the default)')
    .option('--followed', 'only what the network file follows')
    .option(
      '--assume-verified',
      'ton: believe contracts that the input has no get-method answers for by their messages',
    )
    .option(
      '--why',
      'say on standard error which decoder matched each transaction, which nearly did, and why',
    )
    .addHelpText(
      'after',
      '\nProblems (undecodable, truncated logs, unbalanced) are said on standard error, one line each.' +
        '\nExit code 0: everything was read. 64: wrong use. 65: some of the input could not be read; the rest was printed.',
    )
    .action((options: Options) => decode(options, context, stdin));
  return withExamples(command, [
    'ndx decode --chain solana --input block.json',
    'ndx decode --chain solana --input transactions.jsonl.gz --followed',
    'ndx decode --chain solana --config config/networks/devnet.json --input -',
    'ndx decode --chain solana --why --input transaction.json',
    'ndx decode --chain ton --input trace.json',
    'ndx decode --chain ton --why --followed --input trace.json',
    'ndx decode --chain ton --assume-verified --input transactions.jsonl',
  ]);
}

async function decode(
  options: Options,
  context: Pick<Context, 'out' | 'network' | 'paths'>,
  stdin: Readable,
): Promise<void> {
  if (options.all && options.followed)
    throw new NdxError('USAGE', '--all and --followed exclude each other: give one of them');
  if (options.chain === 'ton') return decodeTonInput(options, context, stdin);
  if (options.assumeVerified) throw new NdxError('USAGE', '--assume-verified is for --chain ton');
  const { followKeys } = await import('../../chains/solana/rpc/keys.js');
  const { createSolanaDecoder } = await import('../../decoders/solana/registry.js');
  const { readSolanaDocument } = await import('../../readers/solana/recorded/document.js');
  const network =
    options.config === undefined ? context.network : loadNetwork(options.config, context.paths.networks);
  const configured = network.solana?.follow ?? NOTHING;
  const follow = options.followed ? configured : { ...configured, nfts: { ...configured.nfts, all: true } };
  // NFTs that a followed creator minted earlier in the input are followed from there on.
  const known = new Set<string>();
  const decoder = createSolanaDecoder(follow, { known });
  const keys = followKeys(decoder.keys);
  const { out } = context;
  let unread = 0;
  const notes = new Set<string>();
  for await (const { place, value, error } of readDocuments(
    options.input === '-' ? stdin : createReadStream(options.input),
  )) {
    try {
      if (error !== undefined) throw new NdxError('INPUT_INVALID', `not JSON: ${error}`);
      const { transactions, note } = readSolanaDocument(value, options.slot, keys());
      if (note !== undefined && !notes.has(note)) out.note(note);
      if (note !== undefined) notes.add(note);
      for (const transaction of transactions) {
        const { decoded, findings } = options.why
          ? decoder.explain(transaction)
          : { decoded: decoder.decode(transaction), findings: [] };
        for (const { verdict, decoder: name, ordinal, reason } of findings)
          out.note(`${transaction.signature}: ${verdict} ${name} at instruction ${ordinal}: ${reason}`);
        if (decoded === null) continue;
        for (const event of decoded.events) {
          if (event.kind === 'mint' && event.asset.kind === 'nft' && event.outcome === 'ok') {
            known.add(event.asset.address);
          }
          out.print(JSON.stringify(flattenEvent(decoded, event)));
        }
        for (const problem of decoded.problems ?? [])
          out.note(`${decoded.transactionHash}: ${problem.code}: ${problem.message}`);
      }
    } catch (failure) {
      if (!(failure instanceof NdxError)) throw failure;
      unread++;
      out.note(`${place}: ${messageOf(failure)}`);
    }
  }
  if (unread > 0)
    throw new NdxError('INPUT_INVALID', `${unread} of the results in ${options.input} could not be read`);
}

async function decodeTonInput(
  options: Options,
  context: Pick<Context, 'out' | 'network' | 'paths'>,
  stdin: Readable,
): Promise<void> {
  if (options.slot !== undefined) throw new NdxError('USAGE', '--slot is for --chain solana');
  const { decodeTon, NOTHING_OF_TON } = await import('../../readers/ton/recorded/decode.js');
  const { out, paths } = context;
  const network =
    options.config === undefined ? context.network : loadNetwork(options.config, paths.networks);
  const configured = network.ton?.follow ?? NOTHING_OF_TON;
  const unread = await decodeTon(options.input === '-' ? stdin : createReadStream(options.input), {
    follow: options.followed ? configured : { ...configured, all: true },
    assumeVerified: options.assumeVerified ?? false,
    note: (text) => out.note(text),
    why:
      options.why &&
      ((hash, { verdict, decoder, reason }) => out.note(`${hash}: ${verdict} ${decoder}: ${reason}`)),
    event(decoded) {
      const { aliases = [] } = decoded;
      for (const event of decoded.events)
        out.print(JSON.stringify({ ...flattenEvent(decoded, event), aliases }));
      for (const problem of decoded.problems ?? [])
        out.note(`${decoded.transactionHash}: ${problem.code}: ${problem.message}`);
    },
  });
  if (unread > 0)
    throw new NdxError('INPUT_INVALID', `${unread} of the results in ${options.input} could not be read`);
}
