/** The play's switches and the oracle over HTTP; the devnet's server passes admin requests on to this. */
import { z } from 'zod';
import type { Traffic } from './traffic.js';

interface AdminReply {
  readonly status: number;
  readonly json: unknown;
}
/** @returns null when the route is not one of the play's */
export type AdminHandler = (method: string, path: string, body: unknown) => Promise<AdminReply | null>;

const bodySchema = z.object({ paused: z.boolean() });

/**
 * `GET /admin/oracle`: the summary. `GET /admin/oracle/entries`: every action with its outcome.
 * `GET /admin/traffic`: the state. `POST /admin/traffic {"paused": true}` answers when all that was sent is
 * decided.
 */
export function registerTrafficAdmin(traffic: Traffic): AdminHandler {
  const state = () => ({
    paused: traffic.paused,
    undecided: traffic.oracle.undecided(),
    sent: traffic.oracle.sent(),
  });
  return async (method, path, body) => {
    if (path === '/admin/oracle' && method === 'GET') return { status: 200, json: traffic.oracle.summary() };
    if (path === '/admin/oracle/entries' && method === 'GET')
      return { status: 200, json: traffic.oracle.toJson().entries };
    if (path !== '/admin/traffic') return null;
    if (method === 'GET') return { status: 200, json: state() };
    if (method !== 'POST')
      return { status: 405, json: { error: `${method} is not possible on ${path}: GET or POST` } };
    const parsed = bodySchema.safeParse(body);
    if (!parsed.success)
      return {
        status: 400,
        json: { error: `body must be {"paused": boolean}: ${z.prettifyError(parsed.error)}` },
      };
    if (parsed.data.paused) await traffic.pause();
    else traffic.resume();
    return { status: 200, json: state() };
  };
}
