/**
 * The admin routes. Of this endpoint: `GET|POST|DELETE /admin/faults` (faults.ts has the fields), `POST
 * /admin/first-available {slot}` (what lies below answers -32001). Of the chain behind it: `POST /admin/fork
 * {depth, reland?}`, `POST /admin/pause`, `POST /admin/resume`, `POST /admin/advance {blocks}`, `GET
 * /admin/heads`. A wrong body is answered 400 with `{error}`.
 */
import { z } from 'zod';
import { type Faults, faultSchema } from './faults.js';
import { parseBody } from './json-rpc.js';
import type { RpcNode } from './node.js';

export interface AdminAnswer {
  readonly status: number;
  readonly body: unknown;
}

const forkSchema = z.strictObject({ depth: z.number().int().positive(), reland: z.boolean().default(false) });
const advanceSchema = z.strictObject({ blocks: z.number().int().positive().max(100_000) });
const firstAvailableSchema = z.strictObject({ slot: z.number().int().nonnegative() });

class BadRequest extends Error {}

function parse<S extends z.ZodType>(schema: S, body: string): z.infer<S> {
  const json = body === '' ? { value: {} } : parseBody(body);
  if (json === undefined) throw new BadRequest('the body is not JSON');
  const parsed = schema.safeParse(json.value);
  if (parsed.success) return parsed.data;
  throw new BadRequest(
    parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; '),
  );
}

export function createAdmin(node: RpcNode, faults: Faults) {
  const { chain } = node;
  const heads = () => ({
    slot: chain.slot(),
    confirmedSlot: chain.ledger.head('confirmed').slot,
    finalizedSlot: chain.finalizedSlot(),
  });
  const routes: Readonly<Record<string, (body: string) => Promise<unknown> | unknown>> = {
    'GET /admin/faults': () => ({ faults: faults.list() }),
    'POST /admin/faults': (body) => faults.add(parse(faultSchema, body)),
    'DELETE /admin/faults': () => {
      faults.clear();
      return { faults: [] };
    },
    'POST /admin/fork': (body) => chain.fork(parse(forkSchema, body)),
    'POST /admin/pause': () => {
      chain.pause();
      return heads();
    },
    'POST /admin/resume': () => {
      chain.resume();
      return heads();
    },
    'POST /admin/advance': async (body) => {
      await chain.advance(parse(advanceSchema, body).blocks);
      return heads();
    },
    'POST /admin/first-available': (body) => {
      const { slot } = parse(firstAvailableSchema, body);
      node.setFirstAvailable(slot);
      return { slot };
    },
    'GET /admin/heads': heads,
  };

  return async (method: string, path: string, body: string): Promise<AdminAnswer> => {
    const route = routes[`${method} ${path}`];
    if (route === undefined)
      return {
        status: 404,
        body: { error: `no admin route ${method} ${path}; there are: ${Object.keys(routes).join(', ')}` },
      };
    try {
      return { status: 200, body: await route(body) };
    } catch (error) {
      if (error instanceof BadRequest) return { status: 400, body: { error: error.message } };
      throw error;
    }
  };
}
