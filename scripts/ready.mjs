// Makes a clone ready to run, and says so only when there was something to do: packages installed, Prisma
// client generated, TypeScript compiled to dist/. Needs nothing but Node and npm. Safe when several run at
// once.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const LEAST_NODE = [20, 19];
const SOURCES = ['src', 'workers', 'config', 'devnet', 'bench'];
const at = (...parts) => join(ROOT, ...parts);
const say = (text) => process.stderr.write(`ready: ${text}\n`);
const hash = (text) => createHash('sha256').update(text).digest('hex');

checkNode();
const unlock = lock();
try {
  installPackages();
  generateClient();
  compile();
} finally {
  unlock();
}

function fail(text) {
  process.stderr.write(`ready: ${text}\n`);
  process.exit(69);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return;
  process.stderr.write(
    `ready: Node ${LEAST_NODE.join('.')} or newer is needed, this is ${process.versions.node}\n`,
  );
  process.exit(78);
}

/**
 * A folder as lock, outside of everything that installing or compiling replaces; that of a dead process is
 * taken over.
 */
function lock() {
  const folder = join(tmpdir(), `ndx-ready-${process.getuid?.() ?? 'user'}-${hash(ROOT).slice(0, 12)}`);
  const owner = join(folder, 'pid');
  const giveUp = Date.now() + 15 * 60_000;
  for (let told = false; ; ) {
    try {
      mkdirSync(folder);
      writeFileSync(owner, String(process.pid));
      return () => rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (abandoned(folder, owner)) rmSync(folder, { recursive: true, force: true });
    else if (Date.now() > giveUp)
      fail(`another process prepares this folder for 15 minutes already; if none does, remove ${folder}`);
    else {
      if (!told) say('another process prepares this folder, waiting for it…');
      told = true;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
}

function abandoned(folder, owner) {
  try {
    const pid = Number(readFileSync(owner, 'utf8'));
    // Between mkdir and the write of the pid the file is absent or empty: that process gets a moment.
    if (pid === 0) return Date.now() - statSync(folder).mtimeMs > 5_000;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    if (error.code === 'ESRCH') return true;
    if (error.code === 'ENOENT') return existsSync(folder) && Date.now() - statSync(folder).mtimeMs > 5_000;
    return false;
  }
}

/** Runs a Node script; what it says is shown only when it fails. */
function node(script, args, environment = {}) {
  const done = spawnSync(process.execPath, [script, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    maxBuffer: 64 * 1024 * 1024,
  });
  return {
    ok: done.status === 0,
    text: `${done.stdout ?? ''}${done.stderr ?? ''}${done.error?.message ?? ''}`,
  };
}

function installPackages() {
  const text = readFileSync(at('package-lock.json'), 'utf8');
  const stamp = at('node_modules', '.ndx-lock');
  if (readIf(stamp) === hash(text)) return;
  if (!installedMatches(JSON.parse(text))) {
    say('installing packages (npm ci), once…');
    const done = npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
    if (!done.ok) fail(`npm ci failed:\n${done.text}`);
  }
  writeFileSync(stamp, hash(text));
}

/** npm, as the one that runs us, or the one beside this Node, or the one in PATH. */
function npm(args) {
  const beside = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
  const script = [process.env.npm_execpath, beside].find(
    (path) => path?.endsWith('npm-cli.js') && existsSync(path),
  );
  if (script) return node(script, args);
  const done = spawnSync('npm', args, { cwd: ROOT, encoding: 'utf8', shell: process.platform === 'win32' });
  return {
    ok: done.status === 0,
    text: `${done.stdout ?? ''}${done.stderr ?? ''}${done.error?.message ?? ''}`,
  };
}

/** npm writes what it installed at the very end: an interrupted installation does not match. */
function installedMatches(lockfile) {
  const installed = readIf(at('node_modules', '.package-lock.json'));
  if (installed === undefined) return false;
  const { packages } = JSON.parse(installed);
  const withoutDev = process.env.NODE_ENV === 'production';
  return Object.entries(lockfile.packages).every(
    ([path, wanted]) =>
      path === '' ||
      wanted.optional ||
      wanted.devOptional ||
      (withoutDev && wanted.dev) ||
      packages[path]?.version === wanted.version,
  );
}

function generateClient() {
  const generated = at('src', 'store', 'generated');
  const schema = readdirSync(at('prisma')).filter((name) => name.endsWith('.prisma'));
  const version = JSON.parse(readFileSync(at('node_modules', 'prisma', 'package.json'), 'utf8')).version;
  const wanted = hash(
    [version, ...schema.sort().map((name) => readFileSync(at('prisma', name), 'utf8'))].join('\0'),
  );
  const stamp = at('node_modules', '.ndx-client');
  if (existsSync(join(generated, 'client.ts')) && readIf(stamp) === wanted) return;
  say('generating the Prisma client…');
  // Generation does not run the schema engine, but Prisma wants to download it unless this names an
  // executable.
  const done = node(at('node_modules', 'prisma', 'build', 'index.js'), ['generate'], {
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  });
  if (!done.ok) fail(`prisma generate failed:\n${done.text}`);
  writeFileSync(stamp, wanted);
}

function compile() {
  const files = [...SOURCES.flatMap(sourceFiles), 'tsconfig.json', 'tsconfig.build.json', 'package.json'];
  const wanted = hash(
    files.map((file) => `${file} ${statSync(at(file)).mtimeMs} ${statSync(at(file)).size}`).join('\n'),
  );
  const stamp = at('dist', '.ndx-sources');
  if (readIf(stamp) === wanted) return;
  const compiler = at('node_modules', 'typescript', 'bin', 'tsc');
  if (!existsSync(compiler)) {
    // An installation without development packages: it brings its dist/ along.
    if (existsSync(at('dist', 'src', 'cli', 'main.js'))) return;
    fail('there is no dist/ and no TypeScript to make it: run `npm ci --include=dev`');
  }
  say('compiling…');
  // Types are checked by `npm run typecheck`; whoever starts the program only waits for the JavaScript.
  const done = node(compiler, ['-p', 'tsconfig.build.json', '--noCheck']);
  if (!done.ok) fail(`compiling failed:\n${done.text}`);
  removeOrphans('dist', new Set(files.map((file) => join('dist', file.replace(/\.ts$/, '.js')))));
  chmodSync(at('dist', 'src', 'cli', 'main.js'), 0o755);
  writeFileSync(stamp, wanted);
}

function sourceFiles(folder) {
  if (!existsSync(at(folder))) return [];
  return readdirSync(at(folder), { recursive: true })
    .filter((name) => /\.(ts|json)$/.test(name) && !name.endsWith('.test.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name))
    .sort();
}

/** Compiled files whose source is gone would still be found by imports. */
function removeOrphans(folder, wanted) {
  for (const entry of readdirSync(at(folder), { recursive: true, withFileTypes: true })) {
    const path = relative(ROOT, join(entry.parentPath, entry.name));
    const script = path.replace(/\.map$/, '');
    if (entry.isFile() && script.endsWith('.js') && !wanted.has(script)) rmSync(at(path));
  }
}

function readIf(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
