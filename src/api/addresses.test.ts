import { Address } from '@ton/core';
import bs58 from 'bs58';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAddress, parseTransactionHash } from './addresses.js';

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('every form of a TON address is the same raw address', () => {
  fc.assert(
    fc.property(
      bytes32,
      fc.constantFrom(0, -1),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      (hash, workchain, bounceable, testOnly, urlSafe) => {
        const address = new Address(workchain, Buffer.from(hash));
        const raw = address.toRawString();
        expect(parseAddress(raw.toUpperCase())).toBe(raw);
        expect(parseAddress(address.toString({ bounceable, testOnly, urlSafe }))).toBe(raw);
      },
    ),
  );
});

test('one wrong character of a user-friendly address is noticed', () => {
  const friendly = new Address(0, Buffer.alloc(32, 7)).toString();
  for (let at = 0; at < friendly.length; at++) {
    const other = friendly[at] === 'A' ? 'B' : 'A';
    expect(parseAddress(friendly.slice(0, at) + other + friendly.slice(at + 1)), `position ${at}`).toBeNull();
  }
});

test('a Solana address is 32 bytes of base58, nothing else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 70 }), (bytes) => {
      const text = bs58.encode(bytes);
      expect(parseAddress(text)).toBe(bytes.length === 32 ? text : null);
      // 43 characters may also be a TON hash in base64url.
      if (text.length !== 43) expect(parseTransactionHash(text)).toEqual(bytes.length === 64 ? [text] : null);
    }),
  );
  for (const text of ['', '0', 'O'.repeat(44), '11111111111111111111111111111111 '])
    expect(parseAddress(text)).toBeNull();
});

test('a TON transaction hash has the same spellings, whichever is given', () => {
  fc.assert(
    fc.property(bytes32, (bytes) => {
      const hash = Buffer.from(bytes);
      const spellings = [hash.toString('hex'), hash.toString('base64'), hash.toString('base64url')];
      for (const text of spellings) expect(parseTransactionHash(text)).toEqual(spellings);
    }),
  );
});
