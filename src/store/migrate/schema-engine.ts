/**
 * Prisma's schema engine as WebAssembly, over the `pg` driver: applies migrations and compares schemas
 * without the native binary that `prisma migrate` downloads. It uses Prisma's own migrations folder and
 * bookkeeping table, so that both ways can be used side by side: docs/adr/0002-migrations-runner.md.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import type { SchemaEngine } from '@prisma/schema-engine-wasm';
import { createPool } from '../database.js';
import type { PrismaFiles } from './prisma-files.js';

const require = createRequire(import.meta.url);

/** Runs `work` with a schema engine on the database, and closes its connections afterwards. */
export async function withSchemaEngine<T>(
  databaseUrl: string,
  schema: PrismaFiles['schema'],
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  const EngineClass = await loadEngine();
  const pool = createPool({ url: databaseUrl, poolSize: 2 });
  const adapter = bindMigrationAwareSqlAdapterFactory(sendingScriptsWhole(new PrismaPg(pool)));
  const engine = await EngineClass.new(
    { datamodels: schema.map(([path, text]): [string, string] => [path, text]) },
    () => undefined,
    adapter,
  );
  try {
    return await work(engine);
  } finally {
    engine.free();
    await pool.end();
  }
}

/**
 * The same adapter, but a migration reaches PostgreSQL as one text, as the native engine sends it. The
 * adapter's own `executeScript` splits at every semicolon, also within a comment, a text or the body of a
 * function. A statement without parameters goes as a simple query, of which PostgreSQL itself takes the
 * statements apart and runs all of them or none: so a migration that must not run in a transaction
 * (`CREATE INDEX CONCURRENTLY`) stands alone in its file.
 */
function sendingScriptsWhole(factory: PrismaPg): SqlMigrationAwareDriverAdapterFactory {
  const whole = (adapter: SqlDriverAdapter): SqlDriverAdapter =>
    Object.assign(adapter, {
      executeScript: async (script: string): Promise<void> => {
        await adapter.executeRaw({ sql: script, args: [], argTypes: [] });
      },
    });
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => whole(await factory.connect()),
    connectToShadowDb: async () => whole(await factory.connectToShadowDb()),
  };
}

interface EngineGlue {
  readonly SchemaEngine: typeof SchemaEngine;
  __wbg_set_wasm(exports: unknown): void;
}

/**
 * Loaded once for each process, because the package's JavaScript keeps views into the memory of the one
 * instance that it was given.
 */
let loaded: Promise<typeof SchemaEngine> | undefined;

function loadEngine(): Promise<typeof SchemaEngine> {
  loaded ??= instantiate();
  return loaded;
}

async function instantiate(): Promise<typeof SchemaEngine> {
  const wasmPath = join(dirname(require.resolve('@prisma/schema-engine-wasm')), 'schema_engine_bg.wasm');
  const glue = (await import(join(wasmPath, '..', 'schema_engine_bg.js'))) as EngineGlue;
  // @types/node 20 does not declare the WebAssembly global; this is the part of it that is used.
  const wasm = (globalThis as unknown as { WebAssembly: WebAssemblyPart }).WebAssembly;
  const { instance } = await wasm.instantiate(readFileSync(wasmPath), { './schema_engine_bg.js': glue });
  // The engine calls this with the message of a panic before it aborts.
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: {
      set_message: (message: string) => process.stderr.write(`schema engine: ${message}\n`),
    },
  });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start?.();
  return glue.SchemaEngine;
}

interface WebAssemblyPart {
  instantiate(
    bytes: Uint8Array,
    imports: Record<string, unknown>,
  ): Promise<{ instance: { exports: Record<string, (() => void) | undefined> } }>;
}
