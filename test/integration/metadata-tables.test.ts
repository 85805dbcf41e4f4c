/** What stands off chain becomes rows: a fold of (NFT, documents), on real PostgreSQL and real sockets. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { DecodedTransaction } from '../../src/events/event.js';
import { attend } from '../../src/metadata/attend.js';
import { carryMarks } from '../../src/metadata/tables/carry.js';
import { takeDue } from '../../src/metadata/tables/documents.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { allTables, changesOf, dump, emptyTables } from '../support/dump.js';
import { mintOf, reconcileBlocks, settle, shown } from '../support/metadata-story.js';
import { type MetadataWeb, startMetadataWeb } from '../support/metadata-web.js';

const CID = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi';
const EDITION = JSON.stringify({ name: 'Edition', description: 'One of many', image: 'cover.png' });

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
  web.answers.set(`/ipfs/${CID}/1.json`, EDITION);
  return () => web.close();
});

const EDITIONS = [
  mintOf('c', 3, `ipfs://${CID}/1.json`),
  mintOf('a', 2, `https://gateway.example/ipfs/${CID}/1.json`),
  mintOf('b', 5, `${CID}/1.json`),
];
const ofEdition = (tokenId: string) => ({
  tokenId,
  description: 'One of many',
  imageUrl: `ipfs://${CID}/cover.png`,
});
const owner = async () => (await shown(db.pool)).contents.map((row) => (row as { owner: string }).owner);

test('editions share one document, asked for once, and the NFT of lowest mint position owns its row', async () => {
  await reconcileBlocks(db, EDITIONS);
  await settle(db, web.resolver);
  expect(web.asked).toEqual([`/ipfs/${CID}/1.json`]);
  expect(await shown(db.pool)).toEqual({
    nfts: [ofEdition('a'), ofEdition('b'), ofEdition('c')],
    contents: [
      {
        owner: 'a',
        ipfsHash: `${CID}/1.json`,
        name: 'Edition',
        description: 'One of many',
        attributes: null,
        externalUrl: null,
        createdAt: new Date(1_700_000_002_000),
      },
    ],
  });
});

test('promise 5: the row moves on when its owner is withdrawn, comes back with it, and goes with the last', async () => {
  await reconcileBlocks(db, EDITIONS);
  await settle(db, web.resolver);
  const before = await dump(db.pool, ['NFT', 'NFTMetadata', 'metadata_link']);
  await reconcileBlocks(db, [], [2, 2]);
  await settle(db, web.resolver);
  expect(await owner()).toEqual(['c']);
  await reconcileBlocks(db, EDITIONS, [2, 2]);
  await settle(db, web.resolver);
  expect(changesOf(before, await dump(db.pool, ['NFT', 'NFTMetadata', 'metadata_link']))).toEqual([]);
  await reconcileBlocks(db, []);
  await settle(db, web.resolver);
  expect(await shown(db.pool)).toEqual({ nfts: [], contents: [] });
  expect(web.asked).toHaveLength(1);
});

test('promise 1: a replay marks nothing, and carrying again changes no row', async () => {
  await reconcileBlocks(db, EDITIONS);
  await settle(db, web.resolver);
  const tables = (await allTables(db.pool)).filter((name) => name !== '_prisma_migrations');
  const before = await dump(db.pool, tables);
  await reconcileBlocks(db, EDITIONS);
  expect(await carryMarks(db)).toMatchObject({ marks: 0 });
  await db.pool.query(`INSERT INTO metadata_mark (token_id, reason) SELECT "tokenId", 'moved' FROM "NFT"`);
  expect(await carryMarks(db)).toEqual({ marks: 3, found: 0, changed: 0 });
  expect(changesOf(before, await dump(db.pool, tables))).toEqual([]);
});

test('a document that changes its mind: rows follow, and the old content goes', async () => {
  const uri = web.url('/mutable.json');
  web.answers.set('/mutable.json', '{"name":"before","image":"https://cdn.example/1.png"}');
  await reconcileBlocks(db, [mintOf('a', 2, uri)]);
  await settle(db, web.resolver);
  const first = await shown(db.pool);
  web.answers.set('/mutable.json', '{"name":"after","description":"new"}');
  await db.pool.query('UPDATE metadata_document SET next_at = now()');
  await settle(db, web.resolver);
  const second = await shown(db.pool);
  expect(first.nfts).toEqual([{ tokenId: 'a', description: null, imageUrl: 'https://cdn.example/1.png' }]);
  expect(second.nfts).toEqual([{ tokenId: 'a', description: 'new', imageUrl: null }]);
  expect(second.contents).toMatchObject([{ name: 'after', ipfsHash: expect.stringMatching(/^bafkrei/) }]);
});

test('the platform keeps what it wrote where no uri names a document', async () => {
  await reconcileBlocks(db, [mintOf('a', 2)]);
  await db.pool.query(`UPDATE "NFT" SET description = 'ours', "imageUrl" = 'ours.png'`);
  await db.pool.query(
    `INSERT INTO "NFTMetadata" (id, "nftId", "ipfsHash", name) SELECT 'x', id, 'own', 'ours' FROM "NFT"`,
  );
  await db.pool.query(`INSERT INTO metadata_mark (token_id, reason) VALUES ('a', 'moved')`);
  await settle(db, web.resolver);
  expect(await shown(db.pool)).toMatchObject({
    nfts: [{ description: 'ours', imageUrl: 'ours.png' }],
    contents: [{ ipfsHash: 'own', name: 'ours' }],
  });
});

test('a document of 2,500 NFTs is carried in steps, and every one shows it', async () => {
  const many = Array.from({ length: 2_500 }, (_, at) => mintOf(`n${at}`, at + 1, `ipfs://${CID}/1.json`));
  await reconcileBlocks(db, many, [1, 2_500]);
  await settle(db, web.resolver);
  const { rows } = await db.pool.query(
    `SELECT count(*)::int AS all FROM "NFT" WHERE description = 'One of many'`,
  );
  expect(rows).toEqual([{ all: 2_500 }]);
  expect(web.asked).toHaveLength(1);
});

type Step = { readonly blocks: readonly [number, number] } | 'carry' | 'attend' | 'undo';

test('promise 2: any order of batches, undoing, carrying and asking gives the same tables', async () => {
  web.answers.set(`/ipfs/${CID}/2.json`, '{"name":"Two","attributes":[["a"],1]}');
  const story: DecodedTransaction[] = [
    mintOf('a', 1, `ipfs://${CID}/1.json`),
    mintOf('b', 2, `ipfs://${CID}/2.json`),
    mintOf('c', 3, web.url('/absent.json')),
    mintOf('d', 4, `https://x.example/ipfs/${CID}/2.json`),
    mintOf('e', 5, 'not a place'),
    mintOf('f', 6, `ipfs://${CID}/1.json`),
  ];
  await reconcileBlocks(db, story);
  await settle(db, web.resolver);
  const expected = await shown(db.pool);
  const ranges = [1, 2, 3, 4, 5, 6].map((block): Step => ({ blocks: [block, block] }));
  const noise = fc.array(fc.constantFrom<Step>('carry', 'attend', 'undo'), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      noise.chain((extra) => fc.shuffledSubarray([...ranges, ...extra], { minLength: 6 + extra.length })),
      async (steps) => {
        await db.pool.query(
          'TRUNCATE ledger_event, "NFT", metadata_document, metadata_link, metadata_mark, pending_block CASCADE',
        );
        for (const step of steps) {
          if (step === 'carry') await carryMarks(db);
          else if (step === 'undo') await reconcileBlocks(db, [], [1, 3]);
          else if (step === 'attend') {
            for (const { id } of await takeDue(db, 2))
              await attend({ db, resolver: web.resolver, signal: new AbortController().signal }, id);
          } else await reconcileBlocks(db, story, [step.blocks[0], step.blocks[1]]);
        }
        await reconcileBlocks(db, story);
        await db.pool.query('UPDATE metadata_document SET next_at = now() WHERE next_at IS NOT NULL');
        await settle(db, web.resolver);
        expect(await shown(db.pool)).toEqual(expected);
      },
    ),
    { numRuns: 8 },
  );
});
