import { describe, expect, test } from 'vitest';
import { createScrubber } from './redact.js';

describe('a scrubber', () => {
  test('takes everything of an endpoint but its name out of any text', () => {
    const scrub = createScrubber({
      url: 'https://user%40x:pass%2Fword@KEYKEYKEYKEYKEY17.h.example/v2/PATHKEY1/token:PATHKEY5?api-key=QUERYKEY2',
      headers: { authorization: 'Bearer HEADERKEY3', 'x-api-key': 'HEADERKEY4' },
    });
    const refused = 'PATHKEY1 PATHKEY5 keykeykeykeykey17 QUERYKEY2 HEADERKEY3 HEADERKEY4';
    const said = scrub(`${refused} user@x pass/word pass%2Fword on /v2 is refused`);
    expect(said).not.toMatch(/KEY\d|keykey|user@x|word/);
    expect(said).toContain('on /v2 is refused');
  });
});
