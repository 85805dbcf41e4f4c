/**
 * `ndx decode`: turns an RPC node's answers, read from a file, into canonical events. Needs no database and
 * no network.
 */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { Command } from 'commander';
import { loadNetwork } from '../../../config/networks.js';
import type { Chain } from '../../events/event.js';
import { flattenEvent } from '../../events/json.js';
import { CHAIN_PARTS } from '../../process/chains/table.js';
import type { Context } from '../../process/context.js';
import { NdxError } from '../../runtime/errors.js';
import { chainOption, wholeNumber, withExamples } from '../help.js';

interface Options {
  readonly chain: Chain;
  readonly input: string;
  readonly config?: string;
  readonly slot?: number;
  readonly followed?: true;
  readonly all?: true;
  readonly assumeVerified?: true;
  readonly why?: true;
}

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
  const { out } = context;
  const { recordedOptions, decodeRecorded } = CHAIN_PARTS[options.chain];
  for (const [name, flag] of [['slot', '--slot'] as const, ['assumeVerified', '--assume-verified'] as const])
    if (options[name] !== undefined && !recordedOptions.includes(name))
      throw new NdxError('USAGE', `${flag} is not for --chain ${options.chain}`);
  const network =
    options.config === undefined ? context.network : loadNetwork(options.config, context.paths.networks);
  const again = options.input === '-' ? undefined : () => createReadStream(options.input);
  const unread = await decodeRecorded(again === undefined ? stdin : again(), network, {
    again,
    all: !options.followed,
    why: options.why ?? false,
    slot: options.slot,
    assumeVerified: options.assumeVerified,
    note: (text) => out.note(text),
    event(decoded) {
      const { aliases } = decoded;
      for (const event of decoded.events)
        out.print(JSON.stringify({ ...flattenEvent(decoded, event), ...(aliases && { aliases }) }));
      for (const problem of decoded.problems ?? [])
        out.note(`${decoded.transactionHash}: ${problem.code}: ${problem.message}`);
    },
  });
  if (unread > 0)
    throw new NdxError('INPUT_INVALID', `${unread} of the results in ${options.input} could not be read`);
}
