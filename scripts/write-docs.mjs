// Writes the parts of documents that follow from code: npm run docs. A test fails when they are out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { VARIABLES } from '../dist/config/env.js';

const HEAD = '| variable | meaning |\n|---|---|\n';
const rows = Object.entries(VARIABLES).map(([name, { schema, about }]) => {
  const initial = schema.safeParse(undefined).data;
  return `| \`${name}\` | ${about}${initial === undefined ? '' : ` Default \`${initial}\`.`} |`;
});
const file = new URL('../README.md', import.meta.url);
const text = readFileSync(file, 'utf8');
const start = text.indexOf(HEAD) + HEAD.length;
if (start < HEAD.length) throw new Error('README.md has no table of variables');
writeFileSync(file, `${text.slice(0, start)}${rows.join('\n')}\n${text.slice(text.indexOf('\n\n## Commands', start) + 1)}`);
