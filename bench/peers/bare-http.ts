/**
 * The floor of the API: the very queries of a route behind Node's own HTTP server, their rows as JSON, and
 * nothing else.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDatabase } from '../../src/store/database.js';
import { barePathOf, routesOf } from '../benches/api-load.js';
import { tell } from '../lab/child.js';

const { DATABASE_URL = '', ROWS } = process.env;
const db = createDatabase({ url: DATABASE_URL, poolSize: 16 });
const routes = new Map(routesOf(Number(ROWS)).map((route) => [barePathOf(route), route]));

const server = createServer((request, response) => {
  const route = routes.get(request.url ?? '');
  if (!route) return void response.writeHead(404).end();
  route.query(db, Math.random).then(
    (rows) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(rows, inText)),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
});

/** What the ledger holds as bigint. */
function inText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

server.listen(0, '127.0.0.1', () => void tell({ port: (server.address() as AddressInfo).port }));
