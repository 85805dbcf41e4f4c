import { describe, expect, test } from 'vitest';
import { createScrubber, endpointName } from './redact.js';

describe('names of endpoints', () => {
  test('keep scheme, host and port, and nothing that opens the endpoint', () => {
    expect(endpointName('https://user:secret@rpc.example.com:8443/v2/KEYKEYKEY?api-key=abc#x')).toBe(
      'https://rpc.example.com:8443',
    );
    expect(endpointName('wss://rpc.example.com')).toBe('wss://rpc.example.com');
    expect(endpointName('secret-without-scheme')).toBe('(not a URL)');
  });

  test('are all that is left of an endpoint in any text', () => {
    const scrub = createScrubber({
      url: 'https://user%40x:pass%2Fword@h.example/v2/PATHKEY1?api-key=QUERYKEY2',
      headers: { authorization: 'Bearer HEADERKEY3', 'x-api-key': 'HEADERKEY4' },
    });
    const said = scrub(
      'PATHKEY1 QUERYKEY2 HEADERKEY3 HEADERKEY4 user@x pass/word pass%2Fword on /v2 is refused',
    );
    expect(said).not.toMatch(/KEY\d|user@x|word/);
    expect(said).toContain('on /v2 is refused');
  });
});
