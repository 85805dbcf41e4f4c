/** Finds free TCP ports on 127.0.0.1. */
import { createServer, type Server } from 'node:net';

const ATTEMPTS = 50;

/**
 * @returns the first of `count` consecutive ports that are free right now
 * @throws Error when 50 attempts find none
 */
export async function freePorts(count = 1): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const servers = [await listen(0)];
    try {
      const first = portOf(servers[0]);
      if (first + count > 65_536) continue;
      for (let more = 1; more < count; more++) servers.push(await listen(first + more));
      return first;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    } finally {
      await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
    }
  }
  throw new Error(`no ${count} consecutive free ports on 127.0.0.1`);
}

/** Whether nobody listens on the port right now. */
export async function isFree(port: number): Promise<boolean> {
  try {
    const server = await listen(port);
    await new Promise((done) => server.close(done));
    return true;
  } catch (error) {
    if (['EADDRINUSE', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

function listen(port: number): Promise<Server> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => done(server));
  });
}

function portOf(server: Server | undefined): number {
  const address = server?.address();
  return address && typeof address === 'object' ? address.port : 0;
}
