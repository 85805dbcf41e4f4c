/** All benches, in the order of issue 6's table. Adding one is a file in benches/ and a line here. */
import type { Bench } from './bench.js';
import { ingestSolana } from './benches/ingest-solana.js';

export const BENCHES: readonly Bench[] = [ingestSolana];
