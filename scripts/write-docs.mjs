// Writes the parts of documents that follow from code and from measurements: npm run docs. A test fails when
// they are out of date.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { VARIABLES } from '../dist/config/variables.js';

const file = (name) => new URL(`../docs/${name}`, import.meta.url);

const settings = Object.entries(VARIABLES).map(([name, { schema, about }]) => {
  const initial = schema.safeParse(undefined).data;
  return `| \`${name}\` | ${about}${initial === undefined ? '' : ` Default \`${initial}\`.`} |`;
});
writeRows('settings.md', '| variable | meaning |\n|---|---|\n', settings);

if (existsSync(file('performance/results.md'))) {
  const results = readFileSync(file('performance/results.md'), 'utf8');
  const [head, rule] = results
    .split('\n')
    .filter((line) => /^\| bench \|/.test(line) || /^(\|---){6}\|$/.test(line));
  const start = results.indexOf(`${head}\n${rule}\n`) + head.length + rule.length + 2;
  const goals = results.slice(start, results.indexOf('\n\n', start)).split('\n');
  writeRows('performance.md', `${head}\n${rule}\n`, goals);
}

/** Replaces the rows of the table of `docs/name` that begins with `head`. */
function writeRows(name, head, rows) {
  const document = readFileSync(file(name), 'utf8');
  const start = document.indexOf(head) + head.length;
  if (start < head.length) throw new Error(`docs/${name} has no table that begins with ${head}`);
  const after = document.slice(start).replace(/^(\|.*\n)*/, '');
  writeFileSync(file(name), `${document.slice(0, start)}${rows.join('\n')}\n${after}`);
}
