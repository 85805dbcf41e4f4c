/** What the floor on TON is told: a file of paths beside its rows, and the accounts that it looks for, as answers name them. */
import { Address } from '@ton/core';
import devnet from '../../config/networks/devnet.json' with { type: 'json' };

export const TON_PATHS = 'paths.json';

export const TON_KEYS: readonly string[] = devnet.ton.follow.jettons
  .map(({ master }) => Address.parse(master))
  .flatMap((master) => [master.toString(), master.toRawString().toUpperCase()]);
