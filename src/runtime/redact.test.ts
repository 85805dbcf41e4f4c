import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redactText, redactUrl } from './redact.js';

const key = fc.stringMatching(/^[a-z0-9]{8}[0-9]{2}[a-z0-9]{8,30}$/);
const SECRET =
  'JWTeyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
/** Places in which providers and operators put keys. */
const PLACES: readonly ((key: string) => string)[] = [
  (k) => `https://rpc.example/${k}`,
  (k) => `https://rpc.example/v2/${k}/`,
  (k) => `https://rpc.example/key=${k}`,
  (k) => `https://rpc.example/token:${k}/x`,
  (k) => `https://rpc.example/?api-key=${k}`,
  (k) => `https://rpc.example?${k}`,
  (k) => `https://rpc.example/#${k}`,
  (k) => `https://${k}@rpc.example`,
  (k) => `wss://user:${k}@rpc.example:8900/x`,
  (k) => `https://${k}.rpc.example`,
  (k) => `https://solana-${k}.rpc.example/`,
  (k) => `https://rpc.example/it's/${k}`,
  (k) => `redis://:${k}@cache:6379`,
];
const percent = (text: string): string =>
  [...text].map((letter) => `%${letter.charCodeAt(0).toString(16).padStart(2, '0')}`).join('');

describe('redaction', () => {
  test('keeps scheme, host and port of a URL', () => {
    expect(redactUrl('postgresql://ndx:s3cret@db.example:5432/music?sslmode=require&password=x')).toBe(
      'postgresql://db.example:5432',
    );
    expect(redactUrl('https://name-of-mine.solana-mainnet.provider.example/v2/short')).toBe(
      'https://name-of-mine.solana-mainnet.provider.example',
    );
    expect(redactUrl('http://127.0.0.1:8899')).toBe('http://127.0.0.1:8899');
  });

  test('no key is shown, wherever in a URL it stands', () => {
    fc.assert(
      fc.property(key, fc.constantFrom(...PLACES), fc.constantFrom('', "'", '"', '(', '`', '<'), (...row) => {
        const [secret, place, quote] = row;
        for (const written of [secret, secret.toUpperCase(), percent(secret)]) {
          const url = place(written);
          const shown = redactText(`fetch of ${quote}${url}${quote}: failed {"url":"${url}"}`);
          for (const form of [secret, percent(secret)])
            expect(shown.toLowerCase(), url).not.toContain(form.toLowerCase());
          expect(shown).toContain('failed');
        }
      }),
      { numRuns: 500 },
    );
    for (const place of PLACES.slice(0, 9))
      expect(redactText(`see ${place(SECRET)}`)).not.toMatch(/eyJ|dBjft|wW1g/);
  });

  test('finds URLs inside a text and leaves the rest alone', () => {
    expect(redactText('connect redis://:pw@cache:6379 failed, see "https://x.example/?api-key=abc"')).toBe(
      'connect redis://cache:6379 failed, see "https://x.example"',
    );
    expect(redactText('nothing here')).toBe('nothing here');
  });

  test('never shows what it cannot parse', () => {
    expect(redactUrl('postgres//user:pw@host')).toBe('(not a URL)');
    expect(redactText('postgres://user:p w@[bad')).not.toContain('user:p');
  });

  test('leaves the punctuation of the sentence around a URL', () => {
    expect(redactText('http://127.0.0.1:9: refused (see https://a.example).')).toBe(
      'http://127.0.0.1:9: refused (see https://a.example).',
    );
  });
});
