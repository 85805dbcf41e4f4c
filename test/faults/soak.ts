/**
 * A long run under faults that leave every process alive: what their memory does, and whether the tables are
 * right at the end.
 */
import type { Backend } from './fleet.js';
import { FAULTS_A_MINUTE, type ProcessMemory, simulate } from './simulation.js';

/** @returns exit code: 0 when the tables are right and no process ended */
export async function soak(minutes: number, backend: Backend, say: (text: string) => void): Promise<number> {
  const samples = new Map<string, ProcessMemory[]>();
  const result = await simulate({
    seed: `soak ${minutes}`,
    backend,
    faults: minutes * FAULTS_A_MINUTE,
    backfill: 5_000,
    gently: true,
    onSample: (processes) => {
      for (const process of processes)
        samples.set(process.name, [...(samples.get(process.name) ?? []), process]);
      say(processes.map(({ name, megabytes }) => `${name} ${megabytes}`).join(', '));
    },
  });
  const count = Object.values(result.faults).reduce((sum, item) => sum + item, 0);
  say(
    `\n${minutes} minutes on ${backend}: ${count} faults, ${result.blocks} blocks, ${result.transactions} transactions`,
  );
  say(`\n| process | median MiB, first third | second | last | most | ended |\n|---|---|---|---|---|---|`);
  for (const [name, list] of samples) {
    const third = Math.max(1, Math.floor(list.length / 3));
    const medians = [list.slice(0, third), list.slice(third, 2 * third), list.slice(2 * third)].map(medianOf);
    const most = Math.max(...list.map(({ megabytes }) => megabytes));
    say(`| ${name} | ${medians.join(' | ')} | ${most} | ${new Set(list.map(({ pid }) => pid)).size - 1} |`);
  }
  for (const text of result.differences) say(`DIFFERENCE ${text}`);
  for (const text of result.fell) say(`fell: ${text}`);
  return result.differences.length + result.fell.length > 0 ? 1 : 0;
}

function medianOf(list: readonly ProcessMemory[]): number {
  const sorted = list.map(({ megabytes }) => megabytes).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
