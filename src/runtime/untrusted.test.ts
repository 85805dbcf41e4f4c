import { describe, expect, test } from 'vitest';
import {
  asCount,
  asFlag,
  asInteger,
  asJsonObject,
  asList,
  asName,
  asNumber,
  asObject,
  asOneOf,
  asOptional,
  asOptionalList,
  asText,
  asTime,
  asUnits,
  asWhole,
  DEPTH_MOST,
  readAtDoor,
} from './untrusted.js';

type Check = (value: unknown, holder: object, key: PropertyKey) => unknown;

/** What the door says of `value`: where and what, or what was read. */
function said(value: unknown, read: Check): unknown {
  try {
    return readAtDoor(value, read, (path, what) => new Error(`${path || 'it'} ${what}`));
  } catch (error) {
    return (error as Error).message;
  }
}

const asLetter: Check = (value, holder, key) => asOneOf(['a', 'b'], value, holder, key);

describe('a check returns what it was given, or says what must stand there', () => {
  test.each<[Check, unknown, unknown]>([
    [asObject, {}, {}],
    [asObject, [], 'it must be an object but is a list'],
    [asObject, null, 'it must be an object but is null'],
    [asList, [1], [1]],
    [asList, {}, 'it must be a list but is an object'],
    [(v, h, k) => asList(v, h, k, 1), [1, 2], 'it must be a list of at most 1 items'],
    [asOptionalList, undefined, []],
    [asOptionalList, null, []],
    [asOptionalList, 0, 'it must be a list but is 0'],
    [asText, '', ''],
    [asText, undefined, 'it must be text but is nothing'],
    [(v, h, k) => asText(v, h, k, 2), 'abc', 'it must be text of at most 2 characters'],
    [asName, 'x', 'x'],
    [asName, '', 'it must be text that is not empty'],
    [asName, 1, 'it must be text but is 1'],
    [asFlag, false, false],
    [asFlag, 'no', 'it must be true or false but is "no"'],
    [asWhole, -1, -1],
    [asWhole, 2 ** 53, 'it must be a whole number but is 9007199254740992'],
    [asCount, 0, 0],
    [asCount, -1, 'it must be a whole number from 0 on but is -1'],
    [asCount, 0.5, 'it must be a whole number from 0 on but is 0.5'],
    [asTime, null, null],
    [asTime, 1, 1],
    [asTime, undefined, 'it must be unix seconds or null but is nothing'],
    [asNumber, 0.5, 0.5],
    [asNumber, JSON.parse('1e999'), 'it must be a finite number but is Infinity'],
    [asUnits, '-12', -12n],
    [asUnits, '9'.repeat(78), 10n ** 78n - 1n],
    [asUnits, '9'.repeat(79), 'it must be text of a decimal integer but is other text'],
    [asUnits, 12, 'it must be text of a decimal integer but is 12'],
    [asInteger, 12, 12n],
    [asInteger, '-12', -12n],
    [asInteger, '0x1', 'it must be an integer but is "0x1"'],
    [asInteger, 2 ** 53, 'it must be an integer but is 9007199254740992'],
    [asLetter, 'b', 'b'],
    [asLetter, 'c', 'it must be one of a, b but is "c"'],
    [(v, h, k) => asOptional(v, h, k, asText), null, null],
    [(v, h, k) => asOptional(v, h, k, asText), 'x', 'x'],
    [(v, h, k) => asOptional(v, h, k, asText), 1, 'it must be text but is 1'],
  ])('%o of %j', (check, value, wanted) => {
    expect(said(value, check)).toEqual(wanted);
  });
});

test('the path is from the document on, through objects and lists', () => {
  const document = { blocks: [{ fee: 1 }, { fee: { paid: [0, 'x'] } }] };
  expect(
    said(document, () => {
      const paid = document.blocks[1]?.fee as { paid: unknown[] };
      return asCount(paid.paid[1], paid.paid, 1);
    }),
  ).toBe('blocks[1].fee.paid[1] must be a whole number from 0 on but is "x"');
});

test('a path is found however deep the document is', () => {
  let document: object = { deep: {} };
  const { deep } = document as { deep: object };
  for (let level = 0; level < 20_000; level++) document = [document];
  expect(said(document, () => asText(1, deep, 'here'))).toMatch(/^\[0\].*\[0\]\.deep\.here must be text/);
});

test('JSON that is kept as it is has a limited depth', () => {
  const nested = (levels: number): object => (levels === 1 ? {} : { in: nested(levels - 1) });
  expect(said(nested(DEPTH_MOST), asJsonObject)).toEqual(nested(DEPTH_MOST));
  expect(said(nested(DEPTH_MOST + 1), asJsonObject)).toBe(`it must be at most ${DEPTH_MOST} levels deep`);
  expect(said([[]], asJsonObject)).toBe('it must be an object but is a list');
});

test('another error passes the door as it is', () => {
  const own = new RangeError('own');
  expect(() =>
    readAtDoor(
      1,
      () => {
        throw own;
      },
      () => new Error('refused'),
    ),
  ).toThrow(own);
});
