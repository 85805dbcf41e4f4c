/** Promise 9 for what stands off chain: verify notices every row that is otherwise, and refresh mends it. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { refresh } from '../../src/metadata/refresh.js';
import { showDocument } from '../../src/metadata/show.js';
import { carryMarks } from '../../src/metadata/tables/carry.js';
import { writeChainState } from '../../src/store/chain-state.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { verify } from '../../src/verify/verify.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { allTables, changesOf, dump, emptyTables } from '../support/dump.js';
import { CONTEXT } from '../support/events.js';
import { mintOf, reconcileBlocks, settle } from '../support/metadata-story.js';
import { type MetadataWeb, startMetadataWeb } from '../support/metadata-web.js';

const CID = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi';
const SHOWN = ['NFT', 'NFTMetadata', 'metadata_link'];

let own: TestDatabase;
let db: Database;
let web: MetadataWeb;

beforeAll(async () => {
  own = await createTestDatabase();
  db = createDatabase({ url: own.url, poolSize: 4 });
});
afterAll(async () => {
  await db.close();
  await own.drop();
});
beforeEach(async () => {
  await emptyTables(db.pool);
  web = await startMetadataWeb();
  web.answers.set(
    `/ipfs/${CID}/1.json`,
    '{"name":"Edition","description":"One","image":"c.png","attributes":[{"b":1.0,"a":2}]}',
  );
  web.answers.set('/own.json', '{"name":"Own"}');
  await reconcileBlocks(db, [
    mintOf('a', 1, `ipfs://${CID}/1.json`),
    mintOf('b', 2, `ipfs://${CID}/1.json`),
    mintOf('c', 3, web.url('/own.json')),
    mintOf('d', 4, web.url('/absent.json')),
  ]);
  await writeChainState(db, {
    ...{ chain: 'solana', genesis: 'g', startBlock: 1, head: 99, headTime: null, finalized: 99 },
    ...{ finalizedTime: null, fingerprint: 'f', source: 'test' },
  });
  await settle(db, web.resolver);
  return () => web.close();
});

async function found(): Promise<string[]> {
  const { report } = await verify(
    { db, chain: 'solana', context: CONTEXT, view: null, signal: new AbortController().signal },
    { sample: 0, seed: 1, limit: 100, patience: 0 },
  );
  return report.findings
    .filter(({ check }) => check === 'metadata')
    .map(({ subject, key }) => `${subject} ${key}`);
}

test('promise 9: what was carried holds, and verify changes nothing', async () => {
  const tables = (await allTables(db.pool)).filter((name) => name !== '_prisma_migrations');
  const before = await dump(db.pool, tables);
  expect(await found()).toEqual([]);
  expect(changesOf(before, await dump(db.pool, tables))).toEqual([]);
});

test.each([
  ['a description', `UPDATE "NFT" SET description = 'x' WHERE "tokenId" = 'b'`, 'NFT tokenId=b'],
  ['a picture', `UPDATE "NFT" SET "imageUrl" = NULL WHERE "tokenId" = 'a'`, 'NFT tokenId=a'],
  [
    'the owner of a content',
    `UPDATE "NFTMetadata" SET "nftId" = (SELECT id FROM "NFT" WHERE "tokenId" = 'b') WHERE "ipfsHash" LIKE 'bafybei%'`,
    `NFTMetadata ipfsHash=${CID}/1.json`,
  ],
  [
    'a name',
    `UPDATE "NFTMetadata" SET name = 'x' WHERE "ipfsHash" LIKE 'bafybei%'`,
    `NFTMetadata ipfsHash=${CID}/1.json`,
  ],
  [
    'a row that is gone',
    `DELETE FROM "NFTMetadata" WHERE "ipfsHash" LIKE 'bafybei%'`,
    `NFTMetadata ipfsHash=${CID}/1.json`,
  ],
  ['a link that is gone', `DELETE FROM metadata_link WHERE token_id = 'b'`, 'NFT tokenId=b'],
])(
  'promise 9: %s changed by hand is found, and mended when the NFT is marked',
  async (_what, change, finding) => {
    const before = await dump(db.pool, SHOWN);
    await db.pool.query(change);
    expect(await found()).toEqual([finding]);
    await db.pool.query(`INSERT INTO metadata_mark (token_id, reason) SELECT "tokenId", 'moved' FROM "NFT"`);
    expect(await found()).toEqual([]);
    while ((await carryMarks(db)).marks > 0);
    expect(await found()).toEqual([]);
    expect(changesOf(before, await dump(db.pool, SHOWN))).toEqual([]);
  },
);

test('promise 9: a stored document that is not what its content says is found, and fetching it again mends it', async () => {
  const before = await dump(db.pool, SHOWN);
  const { id } = await showDocument(db, 'a');
  await db.pool.query(`UPDATE metadata_document SET name = 'x', content_hash = 'y' WHERE id = $1`, [id]);
  expect(await found()).toContain(`metadata_document id=${id}`);
  await refresh(db, { names: ['a'] }, false);
  await settle(db, web.resolver);
  expect(await found()).toEqual([]);
  expect(changesOf(before, await dump(db.pool, SHOWN))).toEqual([]);
});

test('refresh: a dry run changes nothing, names are documents or NFTs, and what is unknown is said', async () => {
  const before = await dump(db.pool, ['metadata_document', 'metadata_mark']);
  const { id } = await showDocument(db, 'c');
  expect(await refresh(db, { names: ['c'] }, true)).toMatchObject([{ id, state: 'ready' }]);
  expect(await refresh(db, { names: [], mutable: true }, true)).toHaveLength(2);
  expect(changesOf(before, await dump(db.pool, ['metadata_document', 'metadata_mark']))).toEqual([]);
  await expect(refresh(db, { names: ['nobody'] }, true)).rejects.toThrow('nobody');
  web.answers.set('/own.json', '{"name":"Changed"}');
  await refresh(db, { names: [id] }, false);
  await settle(db, web.resolver);
  const { rows } = await db.pool.query(`SELECT name FROM "NFTMetadata" WHERE "ipfsHash" LIKE 'bafkrei%'`);
  expect(rows).toEqual([{ name: 'Changed' }]);
});
