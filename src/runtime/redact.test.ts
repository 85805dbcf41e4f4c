import { describe, expect, test } from 'vitest';
import { redactText, redactUrl } from './redact.js';

describe('redaction', () => {
  test('takes user, password, query values and key-like path segments out of a URL', () => {
    expect(redactUrl('postgresql://ndx:s3cret@db.example:5432/music?sslmode=require&password=x')).toBe(
      'postgresql://db.example:5432/music?sslmode=***&password=***',
    );
    expect(redactUrl('https://solana.example/v2/0123456789abcdefABCDEF')).toBe(
      'https://solana.example/v2/***',
    );
    expect(redactUrl('https://quick.example/abcdefghijklmnopqrstuvwxyz/')).toBe('https://quick.example/***/');
    expect(redactUrl('http://127.0.0.1:8899')).toBe('http://127.0.0.1:8899');
  });

  test('finds URLs inside a text and leaves the rest alone', () => {
    expect(redactText('connect redis://:pw@cache:6379 failed, see "https://x.example/?api-key=abc"')).toBe(
      'connect redis://cache:6379 failed, see "https://x.example?api-key=***"',
    );
    expect(redactText('nothing here')).toBe('nothing here');
  });

  test('never shows what it cannot parse', () => {
    expect(redactUrl('postgres//user:pw@host')).toBe('(not a URL)');
    expect(redactText('postgres://user:p w@[bad')).not.toContain('user:p');
  });

  test('leaves the punctuation of the sentence around a URL', () => {
    expect(redactText('http://127.0.0.1:9: refused (see https://a.example/x).')).toBe(
      'http://127.0.0.1:9: refused (see https://a.example/x).',
    );
  });
});
