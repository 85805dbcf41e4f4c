/**
 * Looks up the addresses of a host that a stranger named. By c-ares and not by the system's resolver: that
 * one has four threads for the whole process and no deadline, so four slow name servers would hold up
 * everything.
 */
import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';

/**
 * All addresses of a host, IPv4 first.
 * @throws the resolver's error when there is none
 */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/** @param timeout milliseconds of one attempt; two are made */
export function createResolve(timeout: number): Resolve {
  return async (hostname) => {
    const resolver = new Resolver({ timeout, tries: 2 });
    const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (found.length > 0) return found;
    const [failed] = answers.filter((answer) => answer.status === 'rejected');
    throw failed?.reason ?? new Error(`${hostname} has no address`);
  };
}

/** The addresses of a host that the operator allowed by name: also those of /etc/hosts. */
export async function resolveAllowed(hostname: string): Promise<readonly string[]> {
  if (isIP(hostname) !== 0) return [hostname];
  return (await lookup(hostname, { all: true })).map(({ address }) => address);
}
