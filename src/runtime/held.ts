/**
 * A name in the file system that one living process holds: a unix socket that it listens on. The operating
 * system ends the listening with the process, however that ends, so nothing depends on a process number,
 * which another process (or every container's first one) may have. Seen by all processes that see the folder.
 */
import { closeSync, existsSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { basename, dirname, join } from 'node:path';

export interface Held {
  /** Gives the name back. */
  release(): Promise<void>;
}

/** Longest path of a unix socket on every system that we run on (macOS has 104 bytes with the end mark). */
const LONGEST_PATH = 100;

/**
 * Holds `path` until it is released or the process ends.
 * @returns null when another living process (or another holder of this one) has it
 * @throws what the file system says, when nobody could hold a name in that folder
 */
export async function hold(path: string): Promise<Held | null> {
  const address = shortened(path);
  const mine = `${address.path}.${unique()}`;
  try {
    const server = await listen(mine);
    try {
      if (!(await take(mine, address.path))) {
        await close(server);
        return null;
      }
    } catch (error) {
      await close(server);
      throw error;
    }
    const { ino } = statSync(path);
    return {
      release: async () => {
        // Not a name that somebody took over because this process looked dead (a stopped one answers nobody).
        if (existsSync(path) && statSync(path).ino === ino) rmSync(path, { force: true });
        await close(server);
      },
    };
  } finally {
    rmSync(mine, { force: true });
    address.close();
  }
}

/** Whether a living process holds `path`. */
export async function isHeld(path: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  const address = shortened(path);
  try {
    return await answers(address.path);
  } finally {
    address.close();
  }
}

/**
 * Gives the listening socket its name; of two that try, one gets it. @returns false when a living process has
 * it
 */
async function take(mine: string, path: string): Promise<boolean> {
  for (;;) {
    try {
      linkSync(mine, path);
      return true;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    const seen = inodeOf(path);
    if (seen === null) continue;
    if (await answers(path)) return false;
    // Nobody listens there any more. Moved aside first: what another process put there meanwhile goes back.
    const aside = `${path}.${unique()}`;
    try {
      renameSync(path, aside);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') continue;
      throw error;
    }
    if (inodeOf(aside) !== seen) linkSync(aside, path);
    rmSync(aside, { force: true });
  }
}

function listen(path: string): Promise<Server> {
  return new Promise((done, fail) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', fail);
    server.listen({ path, exclusive: true }, () => {
      server.off('error', fail);
      // Holding a name keeps no process alive.
      server.unref();
      done(server);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((done) => server.close(() => done()));
}

/**
 * A socket of another user's process refuses us, and lives. A file that is no socket belongs to nobody who
 * lives.
 */
function answers(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', (error) => done(codeOf(error) === 'EACCES' || codeOf(error) === 'EAGAIN'));
  });
}

/** A path that is too long for a socket is named through its open folder, where the system has such names. */
function shortened(path: string): { readonly path: string; close(): void } {
  if (Buffer.byteLength(path) + unique().length < LONGEST_PATH || process.platform !== 'linux')
    return { path, close: () => undefined };
  const folder = openSync(dirname(path), 'r');
  return { path: join(`/proc/self/fd/${folder}`, basename(path)), close: () => closeSync(folder) };
}

function inodeOf(path: string): number | null {
  try {
    return statSync(path).ino;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function unique(): string {
  return `${process.pid}-${process.hrtime.bigint().toString(36)}`;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
