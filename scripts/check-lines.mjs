// No line is wider than biome formats code to: comments neither, which biome does not wrap. A line may only
// be wider by what a literal on it holds (a string, a template, a regular expression), because that cannot be
// broken. npm run lint.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const WIDTH = 110;
const FOLDERS = ['src', 'workers', 'config', 'devnet', 'test', 'bench', 'scripts'];
/** Not written by hand. */
const GENERATED = /^src\/store\/generated\//;

/** @returns the numbers, from 1, of the lines of a TypeScript or JavaScript file that are too wide */
export function wideLines(text) {
  const lines = text.split('\n');
  if (lines.every((line) => line.length <= WIDTH)) return [];
  const literal = literalCharacters(text);
  return lines.flatMap((line, index) =>
    line.length - WIDTH > Math.max(0, literal[index]) ? [index + 1] : [],
  );
}

/** Of every line, how many of its characters stand in literals. */
function literalCharacters(text) {
  const counts = [0];
  /** `}` to be met before the surrounding template goes on, one for each template that is open. */
  const templates = [];
  let state = 'code';
  let before = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '\n') {
      counts.push(0);
      if (state === 'line' || state === "'" || state === '"') state = 'code';
      continue;
    }
    if (state === 'line') continue;
    if (state === 'block') {
      if (char === '/' && text[i - 1] === '*') state = 'code';
      continue;
    }
    if (state === 'code') {
      const opened = opens(char, text[i + 1], before);
      if (opened) state = opened;
      else if (char === '{' && templates.length > 0) templates[templates.length - 1]++;
      else if (char === '}' && templates.length > 0 && templates[templates.length - 1]-- === 0) {
        templates.pop();
        state = '`';
      }
      if (state === 'block') i++;
      if (char.trim() !== '') before = char;
      // Neither is what stands inside of a template's `${}` ever broken.
      if (templates.length > 0) counts[counts.length - 1]++;
      continue;
    }
    counts[counts.length - 1]++;
    if (char === '\\') {
      i++;
      counts[counts.length - 1]++;
    } else if (state === '`' && char === '$' && text[i + 1] === '{') {
      templates.push(0);
      i++;
      state = 'code';
    } else if (state === '/' && char === '[') state = '[';
    else if (state === '[' && char === ']') state = '/';
    else if (char === state) state = 'code';
  }
  return counts;
}

/**
 * What begins in code with this character: a comment (`line`, `block`), a literal (its closing character), or
 * nothing.
 */
function opens(char, next, before) {
  if (char === "'" || char === '"' || char === '`') return char;
  if (char !== '/') return undefined;
  if (next === '/') return 'line';
  if (next === '*') return 'block';
  // After a value, `/` divides.
  return /[\w)\]}'"`]/.test(before) ? undefined : '/';
}

/** @returns `file:line` of every line that is too wide */
export function checkLines(root) {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .map((name) => `${folder}/${name}`)
      .filter((file) => /\.(ts|mjs)$/.test(file) && !GENERATED.test(file))
      .sort()
      .flatMap((file) => wideLines(readFileSync(join(root, file), 'utf8')).map((line) => `${file}:${line}`)),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wide = checkLines(dirname(dirname(fileURLToPath(import.meta.url))));
  for (const place of wide) process.stderr.write(`${place}: wider than ${WIDTH} characters\n`);
  process.exit(wide.length === 0 ? 0 : 1);
}
