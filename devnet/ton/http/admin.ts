/**
 * The admin routes. Of this endpoint: `GET|POST|DELETE /admin/faults` (faults.ts has the fields). Of the
 * chain behind it: `POST /admin/pause`, `POST /admin/resume`, `POST /admin/advance {blocks}`, `GET
 * /admin/heads`. A wrong body is answered 400 with `{error}`.
 */
import { z } from 'zod';
import { type Faults, faultSchema } from './faults.js';
import type { TonNode } from './node.js';

const advanceSchema = z.strictObject({ blocks: z.number().int().positive().max(100_000) });

class BadRequest extends Error {}

function parse<S extends z.ZodType>(schema: S, body: string): z.infer<S> {
  let json: unknown;
  try {
    json = body === '' ? {} : JSON.parse(body);
  } catch {
    throw new BadRequest('the body is not JSON');
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new BadRequest(
    parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; '),
  );
}

export function createAdmin(node: TonNode, faults: Faults) {
  const { chain } = node;
  const heads = () => ({ seqno: chain.head().seqno, time: chain.head().time });
  const routes: Readonly<Record<string, (body: string) => Promise<unknown> | unknown>> = {
    'GET /admin/faults': () => ({ faults: faults.list() }),
    'POST /admin/faults': (body) => faults.add(parse(faultSchema, body)),
    'DELETE /admin/faults': () => {
      faults.clear();
      return { faults: [] };
    },
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
    'GET /admin/heads': heads,
  };
  return async (
    method: string,
    path: string,
    body: string,
  ): Promise<{ readonly status: number; readonly json: unknown }> => {
    const route = routes[`${method} ${path}`];
    if (route === undefined)
      return {
        status: 404,
        json: { error: `no admin route ${method} ${path}; there are: ${Object.keys(routes).join(', ')}` },
      };
    try {
      return { status: 200, json: await route(body) };
    } catch (error) {
      if (error instanceof BadRequest) return { status: 400, json: { error: error.message } };
      throw error;
    }
  };
}
