/** Who got the emptied escrow of an NFT back. */
import type { DecodeContext } from '../../decoder.js';
import { isTokenProgram } from '../../programs.js';
import { readTokenOperations } from '../../spl-token/layout.js';
import type { Span } from '../spans.js';
import type { Flow } from './flows.js';

const SET_AUTHORITY = 6;
const CLOSE_ACCOUNT = 9;

/**
 * Who got the account that the NFT left, or its rent. An escrow goes back to whoever opened it by listing: it
 * is closed, or its ownership is handed over.
 */
export function rentReceiver(
  { effects }: Flow,
  { first, last }: Span,
  { transaction }: DecodeContext,
): string | undefined {
  const left = new Set(effects.map(({ source }) => source?.account));
  for (let i = first; i <= last; i++) {
    const instruction = transaction.instructions[i];
    if (instruction === undefined || !isTokenProgram(instruction.programId)) continue;
    const [tag] = instruction.data;
    if ((tag !== CLOSE_ACCOUNT && tag !== SET_AUTHORITY) || !left.has(instruction.accounts[0])) continue;
    const [operation] = readTokenOperations(instruction.data, instruction.accounts);
    if (operation?.op === 'close') return operation.destination;
    if (operation?.op === 'set-owner' && operation.owner !== null) return operation.owner;
  }
  return undefined;
}
