/**
 * An internet for tests, at the socket: connections to public addresses that are listed reach a server on
 * this machine, all others are refused at once, and every connection that anybody opens is written down.
 */
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, Socket } from 'node:net';
import { vi } from 'vitest';

export interface FakeInternet {
  /** `address:port` of every connection that was opened, in order. */
  readonly opened: string[];
  /** Lets connections to the address, at any port, reach this port of 127.0.0.1. */
  place(address: string, port: number): void;
  close(): void;
}

interface Target {
  host?: string;
  port?: number | string;
}

/** Takes the place of `Socket.prototype.connect` until it is closed. */
export function openFakeInternet(): FakeInternet {
  const opened: string[] = [];
  const places = new Map<string, number>();
  const real = Socket.prototype.connect as (this: Socket, ...args: unknown[]) => Socket;
  const spy = vi.spyOn(Socket.prototype, 'connect').mockImplementation(function (
    this: Socket,
    ...args: unknown[]
  ) {
    // `net.connect` hands its normalised arguments over as one list.
    const [options] = (Array.isArray(args[0]) ? args[0] : args) as [Target];
    opened.push(`${options.host}:${options.port}`);
    const port = places.get(options.host ?? '');
    if (port !== undefined) Object.assign(options, { host: '127.0.0.1', port });
    else if (options.host !== '127.0.0.1') {
      const refused = Object.assign(new Error(`connect ECONNREFUSED ${options.host}`), {
        code: 'ECONNREFUSED',
      });
      return this.destroy(refused);
    }
    return real.apply(this, args);
  });
  return { opened, place: (address, port) => void places.set(address, port), close: () => spy.mockRestore() };
}

export interface CountingServer {
  readonly port: number;
  /** Connections that arrived. */
  readonly connections: () => number;
  close(): Promise<void>;
}

/** A server on 127.0.0.1 that counts its connections; with a certificate it speaks TLS. */
export async function serve(
  listener: RequestListener,
  tls?: { readonly key: string; readonly cert: string },
): Promise<CountingServer> {
  let connections = 0;
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
