/**
 * Bounds on what one connection, and all of them together, may have under way, so that no client keeps the
 * others waiting.
 */
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { ProblemError } from './problem.js';

/** Requests sent behind each other without waiting for answers. Browsers send one, proxies a few. */
const MOST_OF_A_CONNECTION = 16;
const MOST_OF_ALL = 512;
const MOST_CONNECTIONS = 2_000;

/** Milliseconds that a connection without a request stays open. */
export const KEEP_ALIVE_MS = 10_000;

interface Connection {
  /** Requests whose answers are not written. */
  open: number;
}

export function registerLimits(app: FastifyInstance): void {
  const connections = new WeakMap<Socket, Connection>();
  let all = 0;

  function connectionOf(socket: Socket): Connection {
    const known = connections.get(socket);
    if (known) return known;
    const connection: Connection = { open: 0 };
    connections.set(socket, connection);
    // Answers that wait for those before them are never told that the connection is gone.
    socket.once('close', () => {
      all -= connection.open;
      connections.delete(socket);
    });
    return connection;
  }

  app.server.maxConnections = MOST_CONNECTIONS;
  app.addHook('onRequest', async (request, reply) => {
    const { socket } = request.raw;
    // What was parsed behind the request that closed the connection.
    if (socket.destroyed) throw tooMany();
    const connection = connectionOf(socket);
    connection.open += 1;
    all += 1;
    reply.raw.once('close', () => {
      if (!connections.has(socket)) return;
      connection.open -= 1;
      all -= 1;
    });
    if (connection.open > MOST_OF_A_CONNECTION) {
      // Answers come in order: one that says why would stand behind all those that are not made.
      socket.destroy();
      throw tooMany();
    }
    if (all > MOST_OF_ALL) throw new ProblemError('overloaded', 'too many requests at once: try again later');
  });
}

function tooMany(): ProblemError {
  return new ProblemError('overloaded', `a connection may have ${MOST_OF_A_CONNECTION} open requests`);
}
