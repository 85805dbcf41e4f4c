/** What counts as the open internet, in every spelling that a URL allows. */
import { expect, test } from 'vitest';
import { isPublicAddress } from './addresses.js';

/** The address that a URL names, as the client sees it. */
const inUrl = (host: string) => new URL(`http://${host}/`).hostname.replace(/^\[|\]$/g, '');

test.each([
  ['loopback', ['127.0.0.1', '127.1', '127.255.255.254', '2130706433', '0x7f000001', '0177.0.0.1', '0x7f.1']],
  ['loopback in odd letters', ['127.0.0.1.', '①②⑦.0.0.1', '127。0。0。1', '%31%32%37.0.0.1']],
  ['this host', ['0.0.0.0', '0', '0.1.2.3', '[::]', '[::1]', '[0:0:0:0:0:0:0:1]', '[::0.0.0.1]']],
  ['private', ['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '0xc0a80001']],
  [
    'link-local and metadata',
    ['169.254.169.254', '2852039166', '0251.0376.0251.0376', '[fe80::1]', '[febf::1]'],
  ],
  ['CGNAT', ['100.64.0.1', '100.127.255.255']],
  [
    'benchmarking and documentation',
    ['198.18.0.1', '198.19.255.255', '192.0.2.1', '198.51.100.1', '203.0.113.9'],
  ],
  ['multicast, reserved, broadcast', ['224.0.0.1', '239.1.1.1', '240.0.0.1', '255.255.255.255', '[ff02::1]']],
  ['protocol assignments and relays', ['192.0.0.8', '192.88.99.1', '[2001:2::1]', '[2001::1]', '[100::1]']],
  [
    'IPv4-mapped and -compatible',
    ['[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::ffff:8.8.8.8]', '[::8.8.8.8]'],
  ],
  ['NAT64', ['[64:ff9b::7f00:1]', '[64:ff9b::8.8.8.8]', '[64:ff9b:1::a00:1]']],
  ['6to4 and Teredo', ['[2002:7f00:1::]', '[2002:c0a8:1::1]', '[2001:0:4136:e378:8000:63bf:3fff:fdd2]']],
  ['ISATAP', ['[2a00:1450::5efe:10.0.0.1]', '[2a00:1450:0:0:200:5efe:a00:1]']],
  [
    'unique local, site-local, documentation',
    ['[fc00::1]', '[fd12:3456::1]', '[fec0::1]', '[2001:db8::1]', '[3fff::1]'],
  ],
])('%s: not public', (_kind, hosts) => {
  expect(hosts.filter((host) => isPublicAddress(inUrl(host)))).toEqual([]);
});

test('addresses of the open internet are public, those just outside of private networks too', () => {
  const hosts = [
    '8.8.8.8',
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.0.1',
  ];
  const more = [
    '172.32.0.1',
    '169.253.0.1',
    '192.167.0.1',
    '223.255.255.255',
    '[2606:4700::1111]',
    '[2a00:1450::1]',
  ];
  expect([...hosts, ...more].filter((host) => !isPublicAddress(inUrl(host)))).toEqual([]);
});

test('what is no address is not public', () => {
  expect(['', 'localhost', '1.2.3', 'fe80::1%eth0', '2a00::1%1', '[::1]'].filter(isPublicAddress)).toEqual(
    [],
  );
});
