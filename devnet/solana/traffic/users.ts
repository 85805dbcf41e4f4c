/** The play's users: wallets derived from the seed, so that a restart finds them again. */
import { devnetKey, MINTS, tokenAccount } from '../programs/addresses.js';
import type { User } from './model.js';

export function createUsers(seed: string, count: number): readonly User[] {
  return Array.from({ length: count }, (_, number) => {
    const key = devnetKey(`user/${seed}/${number}`);
    return { number, key, wallet: key.publicKey.toBase58(), ndt: tokenAccount(MINTS.ndt, key.publicKey) };
  });
}
