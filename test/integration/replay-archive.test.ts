/** `ndx replay --from-archive` over files that are not what they should be. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyOf } from '../../src/archive/archive.js';
import { CHAINS } from '../../src/events/event.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { ndx, prepare } from '../support/ndx.js';

const archive = mkdtempSync(join(tmpdir(), 'ndx-replay-archive-'));
let database: TestDatabase;
beforeAll(async () => {
  await prepare();
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.drop();
  rmSync(archive, { recursive: true, force: true });
});

/** Deeper than anything that reads it by recursion can go. */
const DEEP = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;

const cases = CHAINS.flatMap((chain) =>
  [
    ['nested without end', DEEP],
    [
      'a block whose parts are of other types',
      '{"blockhash":1,"parentSlot":"x","transactions":[{"meta":[],"transaction":null}],"version":1,"block":7}',
    ],
  ].map(([what = '', text = '']) => [chain, what, text] as const),
);

test.each(cases)(
  '%s: an archived block that is %s ends the replay with the name of its file',
  async (chain, _, text) => {
    const file = join(archive, keyOf(chain, 7));
    mkdirSync(dirname(file), { recursive: true });
    // Stored as it is: what is tried is the content.
    writeFileSync(file, gzipSync(text, { level: 0 }));
    const { code, stderr } = await ndx(['replay', '--chain', chain, '--from-archive'], {
      DATABASE_URL: database.url,
      NDX_ARCHIVE: archive,
    });
    expect([code, stderr]).toEqual([69, expect.stringMatching(/\[BLOCK_UNAVAILABLE\]\n$/)]);
    expect(stderr).toContain(file);
    expect(stderr).toContain(`ndx replay --chain ${chain} --from 7 --to 7`);
  },
);
