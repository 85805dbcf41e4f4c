/**
 * `npm run decode:report [folder]`: how right the decoders are on the captures of a folder (layout:
 * docs/decoders.md).
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createOutput } from '../../src/process/output.js';
import { EXIT } from '../../src/runtime/error-codes.js';
import { messageOf } from '../../src/runtime/errors.js';
import { askOracle } from './oracle.js';
import { belowFloors, printOracle } from './oracle-print.js';
import { printReport } from './print.js';
import { scoreCaptures } from './score.js';
import { readSolanaCaptures } from './solana-captures.js';
import { readTonCaptures } from './ton-captures.js';

/**
 * Share of the changes that the oracle saw and events explain: what is less fails the report. Raise them when
 * the decoders get better.
 */
const FLOORS = { owners: 0.985, balances: 0.71 };

const out = createOutput(process.stdout, process.stderr);
const folder = resolve(process.argv[2] ?? '../shared/fixtures');

try {
  if (!existsSync(folder)) throw new Error(`there is no folder ${folder}: give the folder of captures`);
  const captures = [
    ...readSolanaCaptures(join(folder, 'solana')),
    ...(await readTonCaptures(join(folder, 'ton'))),
  ];
  if (captures.length === 0)
    throw new Error(`${folder} holds neither solana/expected.json nor ton/expected-actions.json`);
  printReport(scoreCaptures(captures), out);
  const oracle = askOracle(folder);
  printOracle(oracle, out);
  const fallen = belowFloors(oracle, FLOORS);
  for (const text of fallen) out.note(text);
  if (fallen.length > 0) process.exitCode = EXIT.data;
} catch (error) {
  out.note(messageOf(error));
  process.exitCode = EXIT.data;
}
