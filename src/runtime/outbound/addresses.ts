/**
 * Which IP addresses belong to the open internet. A stranger may name any host; what stands behind it must
 * not be this machine, the network around it, or a cloud's metadata service. IPv6 is an allow-list (global
 * unicast only), because its private and translating forms keep growing. Source: the IANA special-purpose
 * address registries for IPv4 and IPv6.
 */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Networks of IPv4 that are not globally reachable, and those that translate or loop back. */
const REFUSED_V4: readonly (readonly [network: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/**
 * Parts of the global unicast space 2000::/3 that lead elsewhere: protocol assignments with Teredo and
 * ORCHID, documentation, and 6to4, which carries an IPv4 address.
 */
const REFUSED_V6: readonly (readonly [network: string, bits: number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const refused = new BlockList();
for (const [network, bits] of REFUSED_V4) refused.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of REFUSED_V6) refused.addSubnet(network, bits, 'ipv6');
const global = new BlockList();
global.addSubnet('2000::', 3, 'ipv6');

/** ISATAP carries an IPv4 address behind this in its last 64 bits. */
const ISATAP = /^(0|200):5efe:/;

/**
 * Whether a connection to the address leads into the open internet.
 * @param address an IPv4 address with four decimal parts, or any spelling of an IPv6 address without
 * brackets
 */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !refused.check(address, 'ipv4');
  if (!isIPv6(address) || address.includes('%')) return false;
  if (!global.check(address, 'ipv6') || refused.check(address, 'ipv6')) return false;
  return !ISATAP.test(lastFourGroups(address));
}

/** The last four groups of an IPv6 address in its canonical spelling, zeros written out. */
function lastFourGroups(address: string): string {
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const before = head.split(':').filter((group) => group !== '');
  const after = (tail ?? '').split(':').filter((group) => group !== '');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<string>(zeros).fill('0'), ...after].slice(4).join(':');
}
