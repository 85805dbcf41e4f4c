/** Shorthands that the steps share. */
import type { SeedAddress } from '../../programs/addresses.js';
import type { Operation } from '../../programs/script.js';
import type { ExpectedEvent } from '../model.js';

export const token = (address: string): ExpectedEvent['asset'] => ({ kind: 'token', address });
export const nft = (address: string): ExpectedEvent['asset'] => ({ kind: 'nft', address });
export const move = (mint: string, owner: string, delta: bigint): ExpectedEvent['movements'][number] => ({
  token: mint,
  owner,
  delta,
});

/** The script signs its next call as this address of the program's own. */
export function signAs({ prefix, key, tail }: SeedAddress): Operation {
  return { do: 'signAs', prefix, account: key.toBase58(), tail };
}

/** Asked to fail: the last operation of a script, after the event. */
export function failure(failAfterEvent: boolean): readonly Operation[] {
  return failAfterEvent ? [{ do: 'fail', error: 'asked' }] : [];
}
