/** The migrated database is the schema, and the schema is what the platform's document asks for. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate, schemaDiff } from '../../src/store/migrate/migrations.js';
import { readPrismaFiles } from '../../src/store/migrate/prisma-files.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const PRISMA = join(import.meta.dirname, '../../prisma');
const DOCUMENT = join(
  process.env.MAINNET_FIXTURES ?? join(import.meta.dirname, '../../../shared/fixtures'),
  '../schema-source.md',
);

/**
 * What PostgreSQL itself says of the tables: columns with type, default and nullability; indexes;
 * constraints.
 */
async function catalogue(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ line: string }>(`
      SELECT format('%s.%s %s %s %s', table_name, column_name, udt_name || coalesce('(' || numeric_precision || ',' || numeric_scale || ')', ''), is_nullable, column_default) AS line
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_prisma_migrations'
      UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'
      UNION ALL SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
                 WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> '_prisma_migrations'
      ORDER BY 1`);
    return rows.map((row) => row.line);
  } finally {
    await client.end();
  }
}

let migrated: TestDatabase;
let empty: TestDatabase;

beforeAll(async () => {
  migrated = await createTestDatabase();
  empty = await createTestDatabase({ empty: true });
});

afterAll(async () => {
  await migrated.drop();
  await empty.drop();
});

/** Migrates a database that has the migrations of `scripts`, by name, and no others. */
async function migrateWith(
  url: string,
  scripts: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'ndx-migrations-'));
  try {
    cpSync(join(PRISMA, 'schema.prisma'), join(directory, 'schema.prisma'));
    mkdirSync(join(directory, 'migrations'));
    cpSync(join(PRISMA, 'migrations/migration_lock.toml'), join(directory, 'migrations/migration_lock.toml'));
    for (const [name, sql] of Object.entries(scripts)) {
      mkdirSync(join(directory, 'migrations', name));
      writeFileSync(join(directory, 'migrations', name, 'migration.sql'), sql);
    }
    return (await migrate(url, directory)).applied;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const WITH_FUNCTION = `-- A comment; with a semicolon.
CREATE TABLE told (word TEXT NOT NULL DEFAULT 'a;b');
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.word := NEW.word || ';';
  RETURN NEW;
END $$;
CREATE TRIGGER tell BEFORE INSERT ON told FOR EACH ROW EXECUTE FUNCTION tell();
`;

describe('a migration reaches PostgreSQL whole', () => {
  test('functions and triggers, and semicolons in comments and texts', async () => {
    const fresh = await createTestDatabase({ empty: true });
    const client = new pg.Client({ connectionString: fresh.url });
    try {
      expect(await migrateWith(fresh.url, { '1_function': WITH_FUNCTION })).toEqual(['1_function']);
      await client.connect();
      const { rows } = await client.query('INSERT INTO told DEFAULT VALUES RETURNING word');
      expect(rows).toEqual([{ word: 'a;b;' }]);
    } finally {
      await client.end();
      await fresh.drop();
    }
  });

  test('an index is made concurrently by a migration that holds nothing else', async () => {
    const fresh = await createTestDatabase({ empty: true });
    try {
      const index = 'CREATE INDEX CONCURRENTLY told_word ON told (word);\n';
      const scripts = { '1_function': WITH_FUNCTION, '2_index': index };
      expect(await migrateWith(fresh.url, scripts)).toEqual(['1_function', '2_index']);
    } finally {
      await fresh.drop();
    }
  });

  test('a migration that fails leaves nothing of itself, and says why', async () => {
    const fresh = await createTestDatabase({ empty: true });
    const client = new pg.Client({ connectionString: fresh.url });
    try {
      const failing = migrateWith(fresh.url, { '1_fails': `${WITH_FUNCTION}SELECT 1 FROM nowhere;` });
      await expect(failing).rejects.toThrow(/nowhere/);
      await client.connect();
      expect((await client.query("SELECT to_regclass('told') AS told")).rows).toEqual([{ told: null }]);
    } finally {
      await client.end();
      await fresh.drop();
    }
  });
});

describe('migrations', () => {
  test('no drift: the migrated database is what the schema files describe', async () => {
    const sql = await schemaDiff(empty.url, [], readPrismaFiles(PRISMA).schema);
    const client = new pg.Client({ connectionString: empty.url });
    await client.connect();
    await client.query(sql);
    await client.end();
    expect(await catalogue(migrated.url)).toEqual(await catalogue(empty.url));
  });

  test('several processes may migrate at once, and a second time nothing happens', async () => {
    const fresh = await createTestDatabase({ empty: true });
    try {
      const results = await Promise.all([1, 2, 3, 4].map(() => migrate(fresh.url, PRISMA)));
      const names = readPrismaFiles(PRISMA).migrations.migrationDirectories.map(
        (directory) => directory.path,
      );
      expect(results.flatMap((result) => result.applied).sort()).toEqual(names);
      expect((await migrate(fresh.url, PRISMA)).applied).toEqual([]);
    } finally {
      await fresh.drop();
    }
  });

  test('the bookkeeping is the one that `prisma migrate deploy` reads: same names, same checksums', async () => {
    const client = new pg.Client({ connectionString: migrated.url });
    await client.connect();
    const { rows } = await client.query<{ migration_name: string; checksum: string }>(
      'SELECT migration_name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL ORDER BY 1',
    );
    await client.end();
    const expected = readPrismaFiles(PRISMA).migrations.migrationDirectories.map(({ path }) => ({
      migration_name: path,
      checksum: createHash('sha256')
        .update(readFileSync(join(PRISMA, 'migrations', path, 'migration.sql')))
        .digest('hex'),
    }));
    expect(rows).toEqual(expected);
  });
});

/** Models of a Prisma text: name → its lines without comments, spaces folded. */
function models(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [, name = '', body = ''] of text.matchAll(/model (\w+) \{\n([\s\S]*?)\n\s*\}/g)) {
    const lines = body
      .replaceAll("'", '"')
      .split('\n')
      .map((line) =>
        line
          .replace(/\/\/.*$/, '')
          .replace(/\s+/g, ' ')
          .trim(),
      );
    found.set(name, lines.filter(Boolean));
  }
  return found;
}

describe.skipIf(!existsSync(DOCUMENT))("the platform's document (shared/schema-source.md)", () => {
  const document = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, 'utf8') : '';
  const ours = models(
    readPrismaFiles(PRISMA)
      .schema.map(([, text]) => text)
      .join('\n'),
  );
  const theirs = models(document);

  test('all twelve models are there', () => {
    expect(theirs.size).toBe(12);
    expect([...theirs.keys()].filter((name) => !ours.has(name))).toEqual([]);
  });

  test.each([...theirs])('%s has every field with its type, default and unique', (name, lines) => {
    const mine = ours.get(name) ?? [];
    for (const line of lines) {
      if (line.startsWith('@@')) {
        expect(mine).toContain(line);
        continue;
      }
      const [field = '', type = '', ...attributes] = line.split(' ');
      const found = mine.find((candidate) => candidate.startsWith(`${field} `));
      expect(found, `${name}.${field} is missing`).toBeDefined();
      expect(found?.split(' ')[1]).toBe(type);
      for (const attribute of attributes.join(' ').match(/@(id|unique|updatedAt|default\(.*?\)+)/g) ?? []) {
        expect(found, `${name}.${field} lacks ${attribute}`).toContain(attribute);
      }
    }
  });

  test.each([
    ['User', ['walletAddress', 'telegramId', 'email', 'createdAt']],
    ['Track', ['artistId', 'genre', 'releaseDate', 'createdAt', 'isNFT']],
    ['NFT', ['owner', 'creatorId', 'contractAddress', 'tokenId', 'isListed', 'createdAt']],
    ['Transaction', ['nftId', 'buyerId', 'sellerId', 'transactionType', 'status', 'createdAt']],
    ['MusicToken', ['userId', 'updatedAt']],
    ['Staking', ['userId', 'isActive', 'startDate']],
  ])('%s has its indexes', (name, fields) => {
    for (const field of fields) expect(ours.get(name)).toContain(`@@index([${field}])`);
  });
});
