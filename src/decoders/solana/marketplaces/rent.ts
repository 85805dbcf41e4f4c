/** Where the rent of an emptied escrow went. */
import type { DecodeContext } from '../decoder.js';
import { isTokenProgram } from '../programs.js';
import type { Flow } from './flows.js';
import type { Span } from './spans.js';

const CLOSE_ACCOUNT = 9;

/** Who got the rent of the account that the NFT left: an escrow's rent goes back to who opened it by listing. */
export function rentReceiver(
  { effects }: Flow,
  { first, last }: Span,
  { transaction }: DecodeContext,
): string | undefined {
  const left = new Set(effects.map(({ source }) => source?.account));
  for (let i = first; i <= last; i++) {
    const instruction = transaction.instructions[i];
    if (
      instruction === undefined ||
      !isTokenProgram(instruction.programId) ||
      instruction.data[0] !== CLOSE_ACCOUNT
    )
      continue;
    if (left.has(instruction.accounts[0])) return instruction.accounts[1];
  }
  return undefined;
}
