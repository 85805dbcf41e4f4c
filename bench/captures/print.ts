/** The report as a table, then every miss and every false event. */
import type { Output } from '../../src/process/output.js';
import type { Report, Score } from './score.js';

export function printReport(
  { scores, faults, captures }: Report,
  out: Pick<Output, 'print' | 'table'>,
): void {
  const rows = scores.map((score) => [score.chain, score.marketplace, score.kind, ...figures(score)]);
  const total = scores.reduce(
    (sum, { expected, found, right }) => ({
      expected: sum.expected + expected,
      found: sum.found + found,
      right: sum.right + right,
    }),
    { expected: 0, found: 0, right: 0 },
  );
  out.table(
    ['chain', 'marketplace', 'kind', 'expected', 'found', 'right', 'precision', 'recall'],
    [...rows, ['all', '', '', ...figures(total)]],
  );
  out.print('');
  out.print(`${captures} captures, ${faults.length} faults`);
  for (const { type, capture, text } of faults) out.print(`${type}: ${capture}: ${text}`);
}

function figures({ expected, found, right }: Pick<Score, 'expected' | 'found' | 'right'>): string[] {
  return [`${expected}`, `${found}`, `${right}`, share(right, found), share(right, expected)];
}

/** Nothing found is neither precise nor imprecise. */
function share(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((part / whole) * 100).toFixed(1)} %`;
}
