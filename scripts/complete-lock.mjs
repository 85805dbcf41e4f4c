// Completes package-lock.json: node scripts/complete-lock.mjs (after every `npm install` that changed it)
//
// `npm ci` refuses a lock that lacks the optional packages of other platforms, and `npm install` leaves them
// out when the registry it asks does not carry them. They are added here as npm itself writes them, without
// an integrity hash, which only who carries the package could tell.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
  'windows',
];
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'];

/**
 * Optional packages that the lock's entries name and the lock does not hold: [path of the one who wants it,
 * name, version].
 */
export function missingOptionals(lock) {
  return Object.entries(lock.packages).flatMap(([path, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => !isLocked(lock, path, name))
      .map(([name, version]) => [path, name, version]),
  );
}

/** As Node finds it: in the nearest node_modules on the way up. */
function isLocked(lock, from, name) {
  for (let at = from; ; ) {
    if (lock.packages[at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`]) return true;
    if (at === '') return false;
    const parent = at.lastIndexOf('/node_modules/');
    at = parent === -1 ? '' : at.slice(0, parent);
  }
}

function platformEntry(name, version, dev) {
  const words = name.replace(/^@[^/]+\//, '').split(/[-_]/);
  const system = words.find((word) => SYSTEMS.includes(word));
  const processor = words.find((word) => PROCESSORS.includes(word));
  if (!system || !processor || !/^\d+\.\d+\.\d+/.test(version))
    throw new Error(`${name}@${version}: not a package of one platform; lock it by hand`);
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : words.some((word) => word.startsWith('gnu'))
      ? 'glibc'
      : undefined;
  return {
    version,
    cpu: [processor],
    ...(dev ? { dev } : {}),
    ...(system === 'linux' && libc ? { libc: [libc] } : {}),
    optional: true,
    os: [system === 'windows' ? 'win32' : system],
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = new URL('../package-lock.json', import.meta.url);
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const missing = missingOptionals(lock);
  for (const [path, name, version] of missing)
    lock.packages[`node_modules/${name}`] = platformEntry(name, version, lock.packages[path].dev);
  const [root, ...others] = Object.entries(lock.packages);
  lock.packages = Object.fromEntries([root, ...others.sort(([a], [b]) => a.localeCompare(b, 'en'))]);
  if (missing.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`${missing.length} packages added\n`);
}
