/**
 * A name in the file system that one living process holds: a unix socket that it listens on. The operating
 * system closes the socket when the process ends, however it ends. So nothing depends on a process number,
 * which another process (or the first process of every container) may have too. All processes that see the
 * folder see the name.
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
 * @returns null when a living process holds it already (this process included)
 * @throws the file system's error when the folder cannot hold such a name
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
        // Remove it only if it is still ours: a stopped process answers nobody, so another may have taken the
        // name over.
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
 * Links the listening socket to its name. Of two processes that try at once, one succeeds.
 * @returns false when a living process holds the name
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
    // Nobody listens there any more. Move the file aside before deleting it: if another process has just put
    // its own socket there, put that back.
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
      // A held name must not keep the process alive.
      server.unref();
      done(server);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((done) => server.close(() => done()));
}

/**
 * Whether somebody listens. EACCES means a living process of another user; a file that is no socket is held
 * by nobody.
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

/**
 * A path that is too long for a socket is addressed through its open folder (/proc/self/fd) where the system
 * has that.
 */
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
