/**
 * A door in front of a server: its connections can be cut, or held without a word, and the server behind it
 * may move.
 */
import { connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Where new connections go. */
  target(port: number): void;
  cut(): void;
  /** No byte passes for so long; connections stay open. */
  stall(milliseconds: number): void;
  close(): Promise<void>;
}

export async function startTcpProxy(target: number): Promise<TcpProxy> {
  let upstream = target;
  let stalledUntil = 0;
  const sockets = new Set<Socket>();
  const hold = (socket: Socket) => {
    const wait = stalledUntil - Date.now();
    if (wait <= 0) return;
    socket.pause();
    setTimeout(() => socket.resume(), wait);
  };
  const join = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on('data', (chunk) => {
      if (!to.destroyed) to.write(chunk);
      hold(from);
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    hold(from);
  };
  const server = createServer((client) => {
    const behind = connect(upstream, '127.0.0.1');
    join(client, behind);
    join(behind, client);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as { port: number }).port,
    target: (port) => {
      upstream = port;
    },
    cut,
    stall: (milliseconds) => {
      stalledUntil = Date.now() + milliseconds;
      for (const socket of sockets) hold(socket);
    },
    close: () =>
      new Promise((done) => {
        cut();
        server.close(() => done());
      }),
  };
}
