/**
 * Limits on the requests that one connection, and all connections together, may have open, so that no client
 * delays the others.
 */
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { ProblemError } from './problem.js';

/** Requests sent on one connection without waiting for answers. Browsers send one, proxies a few. */
const MOST_OF_A_CONNECTION = 16;
const MOST_OF_ALL = 512;
const MOST_CONNECTIONS = 2_000;

/** Milliseconds that a connection without a request stays open. */
export const KEEP_ALIVE_MS = 10_000;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The answer stays open: it does not count as an open request. */
    readonly stream?: true;
  }
}

interface Connection {
  /** Requests whose answers are not written yet. */
  open: number;
}

/**
 * Refuses requests beyond the limits as `overloaded` (503), and closes a connection that exceeds its own
 * limit.
 */
export function registerLimits(app: FastifyInstance): void {
  const connections = new WeakMap<Socket, Connection>();
  let all = 0;

  function connectionOf(socket: Socket): Connection {
    const known = connections.get(socket);
    if (known) return known;
    const connection: Connection = { open: 0 };
    connections.set(socket, connection);
    // Answers queued behind others get no event when the connection closes, so subtract them here.
    socket.once('close', () => {
      all -= connection.open;
      connections.delete(socket);
    });
    return connection;
  }

  app.server.maxConnections = MOST_CONNECTIONS;
  app.addHook('onRequest', async (request, reply) => {
    const { socket } = request.raw;
    // A request that was parsed after the connection was closed by the one before it.
    if (socket.destroyed) throw tooMany();
    const connection = connectionOf(socket);
    // Streams stay open and ask for nothing meanwhile: they have a limit of their own (routes/stream.ts).
    if (request.routeOptions.config.stream === true) return;
    connection.open += 1;
    all += 1;
    reply.raw.once('close', () => {
      if (!connections.has(socket)) return;
      connection.open -= 1;
      all -= 1;
    });
    if (connection.open > MOST_OF_A_CONNECTION) {
      // HTTP answers come in order, so a refusal would wait behind all open answers: close the connection
      // instead.
      socket.destroy();
      throw tooMany();
    }
    if (all > MOST_OF_ALL) throw new ProblemError('overloaded', 'too many requests at once: try again later');
  });
}

function tooMany(): ProblemError {
  return new ProblemError('overloaded', `a connection may have ${MOST_OF_A_CONNECTION} open requests`);
}
