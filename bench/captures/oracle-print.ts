/** What the independent oracle found, as text. */
import type { Output } from '../../src/process/output.js';
import type { Explained, OracleReport } from './oracle.js';

const TITLES = {
  owners: 'owners of tokens without decimals',
  balances: 'balances of tokens with decimals',
} as const;

export function printOracle(report: OracleReport, out: Pick<Output, 'print'>): void {
  out.print('');
  out.print('Changes by the balances before and after, and how many of them events explain');
  for (const name of ['owners', 'balances'] as const) {
    const { changes, explained, named } = report[name];
    out.print(`  ${TITLES[name]}: ${explained} of ${changes} (${percent(report[name])})`);
    for (const text of named) out.print(`    not explained: ${text}`);
  }
}

/** One sentence for each share that is below its floor. */
export function belowFloors(
  report: OracleReport,
  floors: Readonly<Record<keyof OracleReport, number>>,
): string[] {
  return (['owners', 'balances'] as const).flatMap((name) => {
    const { changes } = report[name];
    if (changes === 0 || shareOf(report[name]) >= floors[name]) return [];
    return [`${TITLES[name]}: ${percent(report[name])} explained, less than ${floors[name] * 100}%`];
  });
}

function shareOf({ changes, explained }: Explained): number {
  return changes === 0 ? 1 : explained / changes;
}

function percent(of: Explained): string {
  return `${(shareOf(of) * 100).toFixed(1)}%`;
}
