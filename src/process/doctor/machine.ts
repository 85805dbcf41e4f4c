/** Checks of the machine: the data folder, its free space, and the address that the API listens on. */
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Env } from '../../../config/env.js';
import { messageOf, NdxError } from '../../runtime/errors.js';
import { isHeld } from '../../runtime/held.js';
import { assertListenable } from '../listen-address.js';
import type { Check } from './doctor.js';

const GIB = 1024 ** 3;
/**
 * Bytes. The embedded database of a small platform, its write-ahead log and the raw archive need this much
 * within days.
 */
const LEAST_FREE = GIB;

export function machineChecks({ env, dataDir }: { readonly env: Env; readonly dataDir: string }): Check[] {
  return [
    { name: 'NDX_DATA_DIR', look: async () => folderState(dataDir) },
    { name: 'free space', look: async () => spaceState(dataDir) },
    {
      name: 'HOST and PORT',
      look: async () => {
        const at = `${env.host}:${env.port}`;
        try {
          await assertListenable({ port: env.port, host: env.host, portSetting: 'PORT' });
          return `${at} is free`;
        } catch (error) {
          if (
            error instanceof NdxError &&
            error.code === 'PORT_IN_USE' &&
            (await isHeld(`${dataDir}/up.lock`))
          )
            return `${at} is taken while \`ndx up\` runs on this data folder`;
          throw error;
        }
      },
    },
  ];
}

function folderState(dataDir: string): string {
  const there = existing(dataDir);
  try {
    accessSync(there, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new NdxError('CONFIG_INVALID', `NDX_DATA_DIR: ${there} cannot be written to: ${messageOf(error)}`);
  }
  return there === dataDir ? `${dataDir} can be written to` : `${dataDir} will be made in ${there}`;
}

function spaceState(dataDir: string): string {
  const { bavail, bsize } = statfsSync(existing(dataDir));
  const free = bavail * bsize;
  const text = `${(free / GIB).toFixed(1)} GiB free`;
  if (free >= LEAST_FREE) return text;
  throw new NdxError(
    'CONFIG_INVALID',
    `NDX_DATA_DIR: only ${text} under ${dataDir}: at least 1 GiB is needed`,
  );
}

/** The folder itself, or its nearest parent that exists. */
function existing(path: string): string {
  for (let at = path; ; at = dirname(at)) if (existsSync(at) || at === dirname(at)) return at;
}
