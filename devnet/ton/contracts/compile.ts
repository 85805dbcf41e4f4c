/**
 * Compiles the devnet's own contracts (func/*.fc) to compiled.json. For developers: `npx tsx
 * devnet/ton/contracts/compile.ts`; a test compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileFunc } from '@ton-community/func-js';

const CONTRACTS = ['auction', 'puppet', 'staking'] as const;

/** @returns base64 BoC of the code, by contract. @throws Error with the compiler's words */
export async function compileContracts(): Promise<Record<string, string>> {
  const compiled: Record<string, string> = {};
  for (const name of CONTRACTS) {
    const result = await compileFunc({
      targets: [`${name}.fc`],
      sources: (path) => readFileSync(join(import.meta.dirname, 'func', path), 'utf8'),
    });
    if (result.status === 'error') throw new Error(`${name}.fc: ${result.message}`);
    compiled[name] = result.codeBoc;
  }
  return compiled;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(
    join(import.meta.dirname, 'compiled.json'),
    `${JSON.stringify(await compileContracts(), null, 2)}\n`,
  );
}
