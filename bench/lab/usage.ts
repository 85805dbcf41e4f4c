/**
 * CPU time and memory of processes, from /proc (Linux; elsewhere they are unknown and left out of the
 * tables).
 */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second everywhere that Node runs. */
const TICKS = 100;

interface Stat {
  readonly parent: number;
  readonly own: number;
  /** Of children that have ended and were waited for. */
  readonly children: number;
}

function stat(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const number = (at: number) => Number(fields[at] ?? 0);
    return {
      parent: number(1),
      own: (number(11) + number(12)) / TICKS,
      children: (number(13) + number(14)) / TICKS,
    };
  } catch {
    return null;
  }
}

/** Seconds of CPU that a process has used; null when it is gone or this is no Linux. */
export function cpuOf(pid: number): number | null {
  return stat(pid)?.own ?? null;
}

/** Of a process and all its children, ended ones included (PostgreSQL: a process a connection). */
export function cpuOfTree(pid: number): number | null {
  const root = stat(pid);
  if (!root) return null;
  let sum = root.own + root.children;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const child = stat(Number(name));
    if (child?.parent === pid) sum += child.own;
  }
  return sum;
}

/** Largest resident size so far, in MiB. */
export function peakMemoryOf(pid: number): number | null {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found ? Number(found[1]) / 1024 : null;
  } catch {
    return null;
  }
}
