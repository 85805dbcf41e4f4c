/**
 * Reading JSON that somebody else wrote: the answers of endpoints, and the payloads of jobs. Made for what
 * passes by the thousand a second; configuration, API parameters and small documents are read with zod.
 *
 * Every check takes a value and where it stands, and returns the value with its type:
 *
 *     const fee = asCount(meta.fee, meta, 'fee');
 *     const logs = asList(meta.logs, meta, 'logs');
 *     const first = asText(logs[0], logs, 0);
 *
 * `holder` and `key` are the object (or list) that JSON.parse made and the name (or index) of the value in
 * it. They cost nothing while all is well: a path is written only once a check has failed, by looking for the
 * holder in the whole document. So pass holders as they were parsed, not copies; the path from a copy begins
 * at the copy.
 *
 * Begin at {@link readAtDoor}, which turns a failed check into the caller's own error with the path in it. A
 * check that only one chain needs (an address, a hash) stands with that chain and throws {@link wrongType}.
 *
 * Bounds: a text has at most {@link TEXT_MOST} characters, a list {@link LIST_MOST} items, and JSON that is
 * kept as it is {@link DEPTH_MOST} levels, unless the check is told otherwise.
 */

/** An object of JSON of which nothing is known yet. */
export type Raw = Readonly<Record<string, unknown>>;

/** Characters of one text. */
export const TEXT_MOST = 1 << 24;
/** Items of one list. */
const LIST_MOST = 1 << 20;
/** Levels of JSON that is kept as it is. */
export const DEPTH_MOST = 64;

/**
 * A check that failed. Its message is what is wrong ("must be text but is null"), without the path: see
 * {@link readAtDoor}.
 */
export class WrongField extends Error {
  constructor(
    readonly holder: object,
    readonly key: PropertyKey,
    what: string,
  ) {
    super(what);
  }
}

/** @param expected follows "must be": "a list", "text of a decimal integer" */
export function wrongType(value: unknown, holder: object, key: PropertyKey, expected: string): WrongField {
  return new WrongField(holder, key, `must be ${expected} but is ${shown(value)}`);
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return value.length > 40 ? 'other text' : JSON.stringify(value);
  return String(value);
}

/**
 * Reads a whole document.
 * @param read reads `value`, which stands at `key` of `holder`
 * @param refuse makes the error of a failed check. `path` is from the document on
 * ("transactions[3].meta.fee"), and empty where the document itself is wrong; `what` says what is wrong
 * there.
 */
export function readAtDoor<T>(
  value: unknown,
  read: (value: unknown, holder: object, key: PropertyKey) => T,
  refuse: (path: string, what: string, cause: WrongField) => Error,
): T {
  const door = [value];
  try {
    return read(value, door, 0);
  } catch (error) {
    if (!(error instanceof WrongField)) throw error;
    throw refuse(error.holder === door ? '' : pathOf(error, value), error.message, error);
  }
}

/**
 * Searches the document for the holder. Uses a list instead of recursion, because the JSON may be nested
 * deeply.
 */
function pathOf({ holder, key }: WrongField, root: unknown): string {
  const open: { readonly value: unknown; readonly path: string }[] = [{ value: root, path: '' }];
  for (const { value, path } of open) {
    if (typeof value !== 'object' || value === null) continue;
    const at = (name: PropertyKey): string =>
      Array.isArray(value) ? `${path}[${String(name)}]` : `${path}${path && '.'}${String(name)}`;
    if (value === holder) return at(key);
    for (const [name, inner] of Object.entries(value)) open.push({ value: inner, path: at(name) });
  }
  return String(key);
}

export function isObject(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws WrongField when it is a list, null, or no object */
export function asObject(value: unknown, holder: object, key: PropertyKey): Raw {
  if (!isObject(value)) throw wrongType(value, holder, key, 'an object');
  return value;
}

/**
 * @param most items
 * @throws WrongField also when there are more
 */
export function asList(
  value: unknown,
  holder: object,
  key: PropertyKey,
  most = LIST_MOST,
): readonly unknown[] {
  if (!Array.isArray(value)) throw wrongType(value, holder, key, 'a list');
  if (value.length > most) throw new WrongField(holder, key, `must be a list of at most ${most} items`);
  return value;
}

/**
 * The value as `read` gives it; null where it is null or absent. Writers of JSON use either for an unknown
 * value.
 */
export function asOptional<T>(
  value: unknown,
  holder: object,
  key: PropertyKey,
  read: (value: unknown, holder: object, key: PropertyKey) => T,
): T | null {
  return value === undefined || value === null ? null : read(value, holder, key);
}

/** A list; null and absent count as an empty one. */
export function asOptionalList(value: unknown, holder: object, key: PropertyKey): readonly unknown[] {
  return value === undefined || value === null ? [] : asList(value, holder, key);
}

/**
 * @param most characters (UTF-16 units)
 * @throws WrongField also when there are more
 */
export function asText(value: unknown, holder: object, key: PropertyKey, most = TEXT_MOST): string {
  if (typeof value !== 'string') throw wrongType(value, holder, key, 'text');
  if (value.length > most) throw new WrongField(holder, key, `must be text of at most ${most} characters`);
  return value;
}

/** Text that is not empty. */
export function asName(value: unknown, holder: object, key: PropertyKey, most = TEXT_MOST): string {
  if (value === '') throw new WrongField(holder, key, 'must be text that is not empty');
  return asText(value, holder, key, most);
}

/** @throws WrongField when it is neither true nor false: 0 and 1 are neither */
export function asFlag(value: unknown, holder: object, key: PropertyKey): boolean {
  if (typeof value !== 'boolean') throw wrongType(value, holder, key, 'true or false');
  return value;
}

/** A whole number that a double holds exactly. */
export function asWhole(value: unknown, holder: object, key: PropertyKey): number {
  if (!Number.isSafeInteger(value)) throw wrongType(value, holder, key, 'a whole number');
  return value as number;
}

/** A whole number from 0 on: a slot, a seqno, an index, a number of decimals. */
export function asCount(value: unknown, holder: object, key: PropertyKey): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw wrongType(value, holder, key, 'a whole number from 0 on');
  return value as number;
}

/**
 * A whole number from 0 on that may exceed 2^53, from a writer who gives 64-bit numbers as JSON numbers.
 * JSON.parse has rounded such a number to the nearest double.
 */
export function asRoundedCount(value: unknown, holder: object, key: PropertyKey): number {
  if (!Number.isInteger(value) || (value as number) < 0)
    throw wrongType(value, holder, key, 'a whole number from 0 on');
  return value as number;
}

/** Unix seconds, or null where the time is unknown. An absent value is an error. */
export function asTime(value: unknown, holder: object, key: PropertyKey): number | null {
  if (value !== null && !Number.isSafeInteger(value))
    throw wrongType(value, holder, key, 'unix seconds or null');
  return value as number | null;
}

/** Any finite number. The check is needed because JSON.parse reads 1e999 as Infinity. */
export function asNumber(value: unknown, holder: object, key: PropertyKey): number {
  if (!Number.isFinite(value)) throw wrongType(value, holder, key, 'a finite number');
  return value as number;
}

/**
 * An integer with at most as many digits as the tables hold: Decimal(78, 0), enough for every 256-bit number.
 */
const DECIMAL = /^-?\d{1,78}$/;

/** An integer as decimal text, such as an amount in base units. */
export function asUnits(value: unknown, holder: object, key: PropertyKey): bigint {
  if (typeof value !== 'string' || !DECIMAL.test(value))
    throw wrongType(value, holder, key, 'text of a decimal integer');
  return BigInt(value);
}

/** An integer as decimal text, or as a JSON number that holds it exactly. Writers of JSON use either. */
export function asInteger(value: unknown, holder: object, key: PropertyKey): bigint {
  if (typeof value === 'string' ? !DECIMAL.test(value) : !Number.isSafeInteger(value))
    throw wrongType(value, holder, key, 'an integer');
  return BigInt(value as string | number);
}

/** @throws WrongField naming the choices */
export function asOneOf<V extends string | number | boolean>(
  choices: readonly V[],
  value: unknown,
  holder: object,
  key: PropertyKey,
): V {
  if (!choices.includes(value as V))
    throw wrongType(
      value,
      holder,
      key,
      choices.length === 1 ? `${choices[0]}` : `one of ${choices.join(', ')}`,
    );
  return value as V;
}

/**
 * An object that is kept as it is. Code that reads it later may recurse, so it may have at most `deepest`
 * levels.
 */
export function asJsonObject(value: unknown, holder: object, key: PropertyKey, deepest = DEPTH_MOST): Raw {
  const object = asObject(value, holder, key);
  if (isDeeper(object, deepest)) throw new WrongField(holder, key, `must be at most ${deepest} levels deep`);
  return object;
}

function isDeeper(value: object, levels: number): boolean {
  if (levels === 0) return true;
  for (const key in value) {
    const inner = (value as Raw)[key];
    if (typeof inner === 'object' && inner !== null && isDeeper(inner, levels - 1)) return true;
  }
  return false;
}
