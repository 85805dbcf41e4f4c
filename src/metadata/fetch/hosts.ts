/**
 * How often one host is asked. Hosts are strangers who give for nothing: at most a few requests at once each,
 * and none while a host has asked for patience (429, 503 with Retry-After) or has failed again and again.
 */
import { doubled } from '../../runtime/pause.js';

export interface Hosts {
  /**
   * Takes a place at the host.
   * @returns a function that gives it back; or, when there is none now, milliseconds after which there may be
   */
  enter(host: string): (() => void) | number;
  /** Nobody asks the host for this long. */
  rest(host: string, milliseconds: number): void;
  answered(host: string): void;
  /** Each failure in a row doubles the rest, from a second to ten minutes, from the third on. */
  failed(host: string): void;
}

export interface HostsOptions {
  /** Requests to a host at once. */
  readonly atOnce: (host: string) => number;
  /** Milliseconds since some moment; for tests. */
  readonly now?: () => number;
}

interface Host {
  busy: number;
  /** Those who were sent away since a place was free, so that they come back one after the other. */
  waiting: number;
  restsUntil: number;
  failures: number;
  at: number;
}

const LONGEST_REST = 600_000;
const SENT_AWAY = 250;
/** Hosts that are remembered; those asked longest ago are forgotten first. */
const MOST_HOSTS = 5_000;

/** Remembers 5,000 hosts; those asked longest ago are forgotten first. */
export function createHosts({ atOnce, now = () => performance.now() }: HostsOptions): Hosts {
  const hosts = new Map<string, Host>();
  const of = (name: string): Host => {
    const host = hosts.get(name) ?? { busy: 0, waiting: 0, restsUntil: 0, failures: 0, at: 0 };
    host.at = now();
    // A Map keeps the order of insertion: what was used last stands last.
    hosts.delete(name);
    hosts.set(name, host);
    if (hosts.size > MOST_HOSTS) forget();
    return host;
  };
  const forget = (): void => {
    for (const [name, { busy }] of hosts) {
      if (busy > 0) continue;
      hosts.delete(name);
      return;
    }
  };
  const rest = (name: string, milliseconds: number): void => {
    const host = of(name);
    host.restsUntil = Math.max(host.restsUntil, now() + Math.min(milliseconds, LONGEST_REST));
  };
  return {
    enter: (name) => {
      const host = of(name);
      const left = host.restsUntil - now();
      const full = host.busy >= atOnce(name);
      if (left > 0 || full) {
        host.waiting += 1;
        return Math.max(left, 0) + SENT_AWAY * Math.ceil(host.waiting / atOnce(name));
      }
      host.busy += 1;
      let here = true;
      return () => {
        if (!here) return;
        here = false;
        host.busy -= 1;
        host.waiting = Math.max(0, host.waiting - 1);
      };
    },
    rest,
    answered: (name) => {
      of(name).failures = 0;
    },
    failed: (name) => {
      const host = of(name);
      host.failures += 1;
      if (host.failures >= 3) rest(name, doubled(1_000, host.failures - 3, LONGEST_REST));
    },
  };
}
