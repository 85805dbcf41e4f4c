/**
 * `@ton/core` hashes every cell that it reads, by `@ton/crypto`'s `sha256_sync`: plain JavaScript, a quarter of what reading TON costs.
 * Node's own takes its place. To be imported before cells are read; what is not there any more after an upgrade, native-hash.test.ts says.
 */
import { hash } from 'node:crypto';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const primitives = require('@ton/crypto/dist/primitives/sha256.js') as {
  sha256_sync: (source: Buffer | string) => Buffer;
};

primitives.sha256_sync = (source) => hash('sha256', source, 'buffer');
