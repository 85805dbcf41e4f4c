// Runs tests on another version of Node: those that start no process (unit and contract tests), or what is
// named:
//   node scripts/on-node.mjs 24
//   node scripts/on-node.mjs 22 --project '*'       all of `npm test`
// The version comes from the npm package `node` and is kept in node_modules/.cache, so that a second run
// needs no network.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const [version = '', ...more] = process.argv.slice(2);
if (!/^\d+(\.\d+)*$/.test(version)) {
  process.stderr.write('on-node: name a version: node scripts/on-node.mjs 24\n');
  process.exit(64);
}

const folder = join(ROOT, 'node_modules', '.cache', `node-${version}`);
const bin = join(folder, 'node_modules', '.bin');
const node = join(bin, process.platform === 'win32' ? 'node.exe' : 'node');
if (!existsSync(node)) {
  mkdirSync(folder, { recursive: true });
  run('npm', ['install', '--no-audit', '--no-fund', '--no-save', '--prefix', folder, `node@${version}`]);
}

const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
run(node, ['--version']);
// Processes that tests start by the name `node` are of this version, too.
run(node, [vitest, 'run', ...(more.length > 0 ? more : ['--project', 'unit'])], {
  PATH: `${bin}:${process.env.PATH}`,
});

/** Ends this process with the code of the program when it fails. */
function run(program, args, environment = {}) {
  const { status, error } = spawnSync(program, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  if (error) process.stderr.write(`on-node: ${program} cannot be run: ${error.message}\n`);
  if (status !== 0) process.exit(status ?? 69);
}
