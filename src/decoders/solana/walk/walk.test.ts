import { expect, test } from 'vitest';
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';
import { attributeFrames } from './attribution.js';
import { readLogFrames } from './log-frames.js';

const A = 'A'.repeat(43);
const B = 'B'.repeat(43);
const KECCAK = 'KeccakSecp256k11111111111111111111111111111';

function instruction(
  ordinal: number,
  programId: string,
  outer: number,
  inner: number,
  stackHeight: number | null,
): SolanaInstruction {
  return { programId, accounts: [], data: new Uint8Array(), outer, inner, ordinal, stackHeight };
}

test('promise 6: what a program logs never opens a frame, whatever it looks like', () => {
  const { frames, broken } = readLogFrames([
    `Program ${A} invoke [1]`,
    `Program log: Program ${B} invoke [2]`,
    `Program log: x\nProgram ${B} invoke [2]`,
    'Program data: AAAA',
    `Program log: Program ${B} success`,
    `Program ${A} consumed 5 of 10 compute units`,
    `Program return: ${A} AAAA`,
    `Program ${A} success`,
  ]);
  expect(broken).toBe(false);
  expect(frames).toEqual([{ programId: A, depth: 1, emitted: ['AAAA'], said: [], failed: false }]);
});

test('promise 6: an emitted line belongs to the innermost running program', () => {
  const { frames } = readLogFrames([
    `Program ${A} invoke [1]`,
    `Program ${B} invoke [2]`,
    'Program data: BBBB',
    `Program ${B} success`,
    'Program data: AAAA',
    `Program ${A} failed: custom program error: 0x1`,
  ]);
  expect(frames.map(({ programId, emitted, failed }) => [programId, emitted, failed])).toEqual([
    [A, ['AAAA'], true],
    [B, ['BBBB'], false],
  ]);
});

test('after truncation nothing more is believed: shorter lines may follow the cut', () => {
  const { frames, truncated } = readLogFrames([
    `Program ${A} invoke [1]`,
    'Log truncated',
    'Program data: AAAA',
    `Program ${A} success`,
  ]);
  expect(truncated).toBe(true);
  expect(frames[0]?.emitted).toEqual([]);
});

test.each([
  [[`Program ${A} invoke [2]`]],
  [[`Program ${A} invoke [1]`, `Program ${B} success`]],
  [[`Program ${A} success`]],
])('lines that form no stack are broken', (logs) => {
  expect(readLogFrames(logs).broken).toBe(true);
});

test('frames are matched with the walk; precompiles have none, and old blocks no depths', () => {
  const logs = [
    `Program ${A} invoke [1]`,
    `Program ${B} invoke [2]`,
    `Program ${B} success`,
    `Program ${A} success`,
    `Program ${B} invoke [1]`,
    `Program ${B} success`,
  ];
  for (const height of [2, null]) {
    const walk = [
      instruction(0, KECCAK, 0, -1, 1),
      instruction(1, A, 1, -1, 1),
      instruction(2, B, 1, 0, height),
      instruction(3, B, 2, -1, 1),
    ];
    expect(attributeFrames(readLogFrames(logs).frames, walk).map((pair) => pair.instruction.ordinal)).toEqual(
      [1, 2, 3],
    );
  }
});

test('a frame without its instruction ends the attribution', () => {
  const logs = [
    `Program ${A} invoke [1]`,
    `Program ${B} invoke [2]`,
    `Program ${B} success`,
    `Program ${A} success`,
  ];
  expect(attributeFrames(readLogFrames(logs).frames, [instruction(0, A, 0, -1, 1)])).toHaveLength(1);
});
