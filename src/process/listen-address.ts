/**
 * The address that one of our servers listens on: errors that name the setting, and a check before anything
 * else starts.
 */
import { createServer } from 'node:net';
import { messageOf, NdxError } from '../runtime/errors.js';

export interface ListenAddress {
  /** 0 takes a free port. */
  readonly port: number;
  readonly host: string;
  /** The setting or option that names the port. */
  readonly portSetting: 'PORT' | 'NDX_HEALTH_PORT' | '--port' | '--ton-port';
}

const OF_THE_HOST = ['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL', 'EAFNOSUPPORT'];

/**
 * Turns an error of `listen` into an NdxError that says which setting to change: PORT_IN_USE when the port is
 * taken, CONFIG_INVALID when port or host may not be used. Any other error is returned unchanged.
 */
export function listenError({ port, host, portSetting }: ListenAddress, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'EADDRINUSE')
    return new NdxError(
      'PORT_IN_USE',
      `port ${port} is taken by another program: set ${portSetting} to a free one`,
      {
        cause: error,
      },
    );
  if (code === 'EACCES')
    return new NdxError('CONFIG_INVALID', `${portSetting}: this user may not listen on port ${port}`, {
      cause: error,
    });
  if (!OF_THE_HOST.includes(code)) return error;
  return new NdxError(
    'CONFIG_INVALID',
    `HOST: this machine cannot listen on ${host} (${messageOf(error)}): it has to be an address of this machine, ` +
      'such as 127.0.0.1, or 0.0.0.0 for all',
    { cause: error },
  );
}

/**
 * Listens at the address for a moment.
 * @throws NdxError PORT_IN_USE when the port is taken; CONFIG_INVALID when port or host may not be used
 */
export async function assertListenable(address: ListenAddress): Promise<void> {
  await new Promise<void>((done, fail) => {
    const server = createServer();
    server.once('error', (error) => fail(listenError(address, error)));
    server.listen(address.port, address.host, () => server.close(() => done()));
  });
}
