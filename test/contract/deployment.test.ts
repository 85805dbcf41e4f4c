/**
 * There is no Docker engine where the tests run, so the deployment files are held against the real commands,
 * ports, variables and routes.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadEnv } from '../../config/env.js';
import { VARIABLES } from '../../config/variables.js';
import { startHealthServer } from '../../src/process/health/health-server.js';
import { createMetrics } from '../../src/runtime/metrics.js';
import { refusal } from '../support/command-line.js';

interface Service {
  readonly build?: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly depends_on?: Readonly<Record<string, { condition: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly restart?: string;
  readonly user?: string;
  readonly profiles?: readonly string[];
  readonly deploy?: { readonly replicas?: string };
  readonly container_name?: string;
}

const ROOT = new URL('../../', import.meta.url).pathname;
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const composeText = read('docker-compose.yml');
const compose = parse(composeText, { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const services = Object.entries(compose.services);
const ours = services.filter(([, service]) => service.build !== undefined);
const service = (name: string): Service => {
  const found = compose.services[name];
  if (!found) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
};

/** Instructions in order, continued lines joined. */
const dockerfile = read('Dockerfile')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => ({ word: line.split(' ')[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }));
const lastStage = dockerfile.slice(dockerfile.map((line) => line.word).lastIndexOf('FROM'));
const inLastStage = (word: string) => lastStage.filter((line) => line.word === word).map((line) => line.rest);
const imageEnvironment = Object.fromEntries(
  inLastStage('ENV').flatMap((line) => line.split(' ').map((pair) => pair.split('=') as [string, string])),
);

/** What compose would put in for `${NAME:-default}`. */
const substituted = (value: string | number) =>
  String(value).replace(/\$\{(\w+)(?::?[-?]([^}]*))?\}/g, (_all, name: string, fallback?: string) =>
    name === 'SOLANA_RPC_URL'
      ? 'https://rpc.example'
      : name === 'POSTGRES_PASSWORD'
        ? 'secret'
        : (fallback ?? ''),
  );
const environmentOf = ({ environment = {} }: Service) =>
  Object.fromEntries(
    Object.entries({ ...imageEnvironment, ...environment }).map(([name, value]) => [
      name,
      substituted(value),
    ]),
  );

describe('docker-compose.yml', () => {
  test('has every part: engines, one migration, a listener per chain, workers, API', () => {
    expect(services.map(([name]) => name).sort()).toEqual([
      'api',
      'devnet',
      'listener-solana',
      'listener-ton',
      'metadata',
      'migrate',
      'postgres',
      'push',
      'redis',
      'worker',
    ]);
  });

  test.each(ours)(
    '%s runs a command that exists, with an environment that is valid',
    async (_name, parts) => {
      expect(await refusal(parts.command ?? [])).toBeUndefined();
      // Besides our own, what the S3 client reads by itself.
      const known = [...Object.keys(VARIABLES), 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
      for (const name of Object.keys(parts.environment ?? {})) expect(known).toContain(name);
      expect(() => loadEnv(environmentOf(parts))).not.toThrow();
    },
  );

  test('processes that share no folder share database and queue by URL, and those URLs name services with the right ports', () => {
    for (const name of ['migrate', 'listener-solana', 'listener-ton', 'worker', 'metadata', 'push', 'api']) {
      const env = loadEnv(environmentOf(service(name)));
      const database = new URL(env.databaseUrl ?? '');
      expect([database.hostname, database.port, database.username, database.pathname]).toEqual([
        'postgres',
        '5432',
        'ndx',
        '/ndx',
      ]);
      expect(new URL(env.redisUrls?.[0] ?? '').host).toBe('redis:6379');
    }
    expect(service('postgres').environment).toMatchObject({ POSTGRES_USER: 'ndx', POSTGRES_DB: 'ndx' });
  });

  test('nothing starts on a database without tables', () => {
    for (const name of ['listener-solana', 'listener-ton', 'worker', 'metadata', 'push', 'api'])
      expect(service(name).depends_on).toMatchObject({
        migrate: { condition: 'service_completed_successfully' },
        postgres: { condition: 'service_healthy' },
        redis: { condition: 'service_healthy' },
      });
    expect(service('migrate').depends_on).toMatchObject({ postgres: { condition: 'service_healthy' } });
    for (const [name, { depends_on = {} }] of services)
      for (const [needed, { condition }] of Object.entries(depends_on)) {
        const target = service(needed);
        if (condition === 'service_healthy')
          expect(target.healthcheck?.test, `${name} waits for ${needed}`).toBeDefined();
      }
  });

  test('the migration ends, everything else comes back by itself', () => {
    expect(service('migrate').restart).toMatch(/^(no|on-failure(:\d+)?)$/);
    for (const [name, parts] of services)
      if (name !== 'migrate') expect(parts.restart, name).toBe('unless-stopped');
  });

  test('the API is published on the port that it listens on, and no other process of ours on any', () => {
    const { port, host } = loadEnv(environmentOf(service('api')));
    expect(host).toBe('0.0.0.0');
    expect(service('api').ports?.map((mapping) => substituted(mapping))).toEqual([`4000:${port}`]);
    for (const [name, parts] of services) if (name !== 'api') expect(parts.ports, name).toBeUndefined();
  });

  test('workers can be many', () => {
    const worker = service('worker');
    expect(Number(substituted(worker.deploy?.replicas ?? '1'))).toBeGreaterThan(1);
    expect(worker.container_name).toBeUndefined();
  });

  test('volumes are declared, data of the engines is on them', () => {
    const used = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]));
    expect(new Set(used)).toEqual(new Set(Object.keys(compose.volumes)));
    expect(service('postgres').volumes?.[0]).toBe('postgres:/var/lib/postgresql/data');
    expect(service('redis').volumes?.[0]).toBe('redis:/data');
    expect(service('devnet').volumes?.[0]?.split(':')[1]).toBe(imageEnvironment.NDX_DATA_DIR);
  });

  test('every setting that it takes from .env stands in .env.example', () => {
    const example = new Set([...read('.env.example').matchAll(/^([A-Z0-9_]+)=/gm)].map((match) => match[1]));
    const taken = new Set([...composeText.matchAll(/\$\{(\w+)/g)].map((match) => match[1]));
    expect([...taken].filter((name) => !example.has(name))).toEqual([]);
    expect([...example].filter((name) => !taken.has(name))).toEqual([]);
  });

  test('engines are pinned to a major version', () => {
    for (const [name, parts] of services)
      if (parts.build === undefined) expect(parts.image, name).toMatch(/^[a-z]+:\d+/);
  });
});

describe('Dockerfile', () => {
  test('builds in one stage and runs in another, as a user without rights', () => {
    expect(dockerfile.filter((line) => line.word === 'FROM')).toHaveLength(2);
    expect(inLastStage('COPY').every((line) => line.startsWith('--from=build '))).toBe(true);
    expect(inLastStage('USER')).toEqual(['node']);
    for (const [name, parts] of ours) expect(parts.user, name).toBeUndefined();
  });

  test('uses a Node that the package takes, and starts the executable of the package', () => {
    const manifest = JSON.parse(read('package.json')) as { engines: { node: string }; bin: { ndx: string } };
    const least = Number(/\d+/.exec(manifest.engines.node)?.[0]);
    for (const { word, rest } of dockerfile)
      if (word === 'FROM') expect(Number(/node:(\d+)/.exec(rest)?.[1])).toBeGreaterThanOrEqual(least);
    // The one that developers are given and that CI tests besides its own.
    for (const { word, rest } of dockerfile)
      if (word === 'FROM') expect(rest).toContain(`node:${read('.nvmrc').trim()}-`);
    expect(read('.ci/run')).toContain(`npm run --silent test:node${read('.nvmrc').trim()}`);
    expect(JSON.parse(inLastStage('ENTRYPOINT')[0] ?? '')).toEqual(['node', manifest.bin.ndx]);
  });

  test('its default command and variables exist', async () => {
    expect(await refusal(JSON.parse(inLastStage('CMD')[0] ?? ''))).toBeUndefined();
    for (const name of Object.keys(imageEnvironment))
      expect([...Object.keys(VARIABLES), 'NODE_ENV']).toContain(name);
    expect(inLastStage('EXPOSE')).toEqual([imageEnvironment.PORT]);
    expect(inLastStage('VOLUME')).toEqual([imageEnvironment.NDX_DATA_DIR]);
  });

  test('copies only what exists, and what the program reads at run time', () => {
    const copied = inLastStage('COPY').map((line) => line.split(' ')[1]?.replace('/app/', '') ?? '');
    expect(copied).toEqual(
      expect.arrayContaining(['node_modules', 'dist', 'config', 'prisma', 'scripts', 'package.json']),
    );
    for (const path of copied)
      if (!['node_modules', 'dist'].includes(path)) expect(existsSync(join(ROOT, path)), path).toBe(true);
    const firstCopies = dockerfile.filter((line) => line.word === 'COPY' && !line.rest.startsWith('--from'));
    for (const { rest } of firstCopies)
      for (const path of rest.split(' ').slice(0, -1)) expect(existsSync(join(ROOT, path)), path).toBe(true);
  });
});

describe('health checks', () => {
  const run = (port: number, path: string) =>
    promisify(execFile)(process.execPath, [join(ROOT, 'scripts/healthcheck.mjs'), path], {
      env: { PATH: process.env.PATH, NDX_HEALTH_PORT: String(port), PORT: '1' },
    }).then(
      () => 0,
      (error: { code: number }) => error.code,
    );
  const routes = [
    ...JSON.stringify(compose).matchAll(/healthcheck\.mjs","(\/\w+)"/g),
    ...inLastStage('HEALTHCHECK')
      .join()
      .matchAll(/healthcheck\.mjs", "(\/\w+)"/g),
  ];

  test('ask for routes that the health server answers, and see what it says', async () => {
    expect(routes.length).toBeGreaterThanOrEqual(2);
    let ready = true;
    const metrics = createMetrics({ process: false });
    const server = await startHealthServer(0, '127.0.0.1', {
      metrics,
      readiness: async () => ({ ready, reasons: [] }),
    });
    try {
      for (const [, route] of routes) expect(await run(server.port, route ?? ''), route).toBe(0);
      ready = false;
      expect(await run(server.port, '/ready')).toBe(1);
      expect(await run(server.port, '/health')).toBe(0);
      expect(await run(server.port, '/nothing')).toBe(1);
    } finally {
      await server.close();
    }
    expect(await run(server.port, '/health'), 'nobody listens').toBe(1);
  });

  test('ask the API for routes that it has', () => {
    const source = read('src/api/routes/operations.ts');
    for (const [, route] of routes) expect(source).toContain(`'${route}'`);
  });

  test('listeners, workers and senders serve what their health check asks for', () => {
    for (const name of ['listener-solana', 'worker', 'push'])
      expect(loadEnv(environmentOf(service(name))).healthPort).toBeGreaterThan(0);
  });
});
