/** All benches, in the order of issue 6's table. Adding one is a file in benches/ and a line here. */
import type { Bench } from './bench.js';
import { api } from './benches/api.js';
import { decode } from './benches/decode.js';
import { ingestSolana } from './benches/ingest-solana.js';
import { ingestTon } from './benches/ingest-ton.js';
import { live } from './benches/live.js';
import { queue } from './benches/queue.js';
import { reconcile } from './benches/reconcile.js';
import { replay } from './benches/replay.js';
import { scale } from './benches/scale.js';
import { sparse } from './benches/sparse.js';

export const BENCHES: readonly Bench[] = [
  ingestSolana,
  ingestTon,
  reconcile,
  replay,
  sparse,
  queue,
  live,
  api,
  scale,
  decode,
];
