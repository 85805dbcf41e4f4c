// Writes the parts of documents that follow from code and from measurements: npm run docs. A test fails when they are out of date.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { VARIABLES } from '../dist/config/env.js';

const README = new URL('../README.md', import.meta.url);
const RESULTS = new URL('../docs/performance/results.md', import.meta.url);

const variables = Object.entries(VARIABLES).map(([name, { schema, about }]) => {
  const initial = schema.safeParse(undefined).data;
  return `| \`${name}\` | ${about}${initial === undefined ? '' : ` Default \`${initial}\`.`} |`;
});
let text = withRows(readFileSync(README, 'utf8'), '| variable | meaning |\n|---|---|\n', variables);
if (existsSync(RESULTS)) {
  const results = readFileSync(RESULTS, 'utf8');
  const [head, rule] = results
    .split('\n')
    .filter((line) => /^\| bench \|/.test(line) || /^(\|---){6}\|$/.test(line));
  const start = results.indexOf(`${head}\n${rule}\n`) + head.length + rule.length + 2;
  const goals = results.slice(start, results.indexOf('\n\n', start)).split('\n');
  text = withRows(text, `${head}\n${rule}\n`, goals);
}
writeFileSync(README, text);

/** The document with these rows in the table that begins so. */
function withRows(document, head, rows) {
  const start = document.indexOf(head) + head.length;
  if (start < head.length) throw new Error(`README.md has no table that begins with ${head}`);
  return `${document.slice(0, start)}${rows.join('\n')}\n${document.slice(document.indexOf('\n\n', start) + 1)}`;
}
