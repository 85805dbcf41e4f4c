/** Which API a request is for, what faults call it, and its answer in that API's dress. */
import { HttpProblem, type TonNode } from './node.js';
import { createV2 } from './v2.js';
import { createV3 } from './v3.js';
import { routeV4 } from './v4.js';

export interface Reply {
  readonly status: number;
  readonly json: unknown;
}

export interface Call {
  /** Method names by which `methods` of a fault knows it. */
  readonly methods: readonly string[];
  readonly reply: () => Promise<Reply>;
}

const V2 = /^\/api\/v2\/([A-Za-z]+)$/;
const V3 = /^\/api\/v3\/([A-Za-z]+)$/;

/**
 * What went wrong and whose fault it is: a problem's own status, 422 for input that cannot be parsed, else
 * 500.
 */
function problemOf(error: unknown): { readonly status: number; readonly message: string } {
  const message = error instanceof Error ? error.message : String(error);
  return { status: error instanceof HttpProblem ? error.status : 500, message };
}

export function createDispatch(node: TonNode) {
  const v2 = createV2(node);
  const v3 = createV3(node);

  const answerV2 = async (
    name: string,
    parameters: Readonly<Record<string, unknown>>,
    envelope: object,
  ): Promise<Reply> => {
    const method = v2[name];
    try {
      if (method === undefined)
        throw new HttpProblem(
          404,
          `the devnet has no method ${name}; there are: ${Object.keys(v2).join(', ')}`,
        );
      return { status: 200, json: { ok: true, result: await method(parameters), ...envelope } };
    } catch (error) {
      const { status, message } = problemOf(error);
      return { status, json: { ok: false, error: message, code: status, ...envelope } };
    }
  };

  const jsonRpc = (body: string): Call => {
    let request: { id?: unknown; method?: unknown; params?: unknown };
    try {
      request = JSON.parse(body) as typeof request;
    } catch {
      return {
        methods: ['jsonRPC'],
        reply: async () => ({ status: 422, json: { ok: false, error: 'the body is not JSON', code: 422 } }),
      };
    }
    const { id = null, method, params } = request;
    const name = typeof method === 'string' ? method : '';
    const parameters =
      typeof params === 'object' && params !== null ? (params as Record<string, unknown>) : {};
    return { methods: [name, 'jsonRPC'], reply: () => answerV2(name, parameters, { jsonrpc: '2.0', id }) };
  };

  return (method: string, url: URL, body: string): Call | null => {
    const { pathname, searchParams } = url;
    if (method === 'POST' && ['/', '/jsonRPC', '/api/v2/jsonRPC'].includes(pathname)) return jsonRpc(body);
    const second = V2.exec(pathname)?.[1];
    if (second !== undefined) {
      const parameters = method === 'POST' ? bodyParameters(body) : Object.fromEntries(searchParams);
      return { methods: [second], reply: () => answerV2(second, parameters, {}) };
    }
    const third = V3.exec(pathname)?.[1];
    const route = third === undefined ? undefined : v3[`${method} ${third}`];
    if (third !== undefined && route !== undefined) {
      const reply = async (): Promise<Reply> => {
        try {
          return { status: 200, json: await route(searchParams, body) };
        } catch (error) {
          const { status, message } = problemOf(error);
          return { status, json: { error: message, code: status } };
        }
      };
      return { methods: [third], reply };
    }
    const fourth = routeV4(node, method, pathname, body);
    if (fourth === null) return null;
    const reply = async (): Promise<Reply> => {
      try {
        return { status: 200, json: await fourth.answer() };
      } catch (error) {
        const { status, message } = problemOf(error);
        return { status, json: { error: message } };
      }
    };
    return { methods: [fourth.method], reply };
  };
}

function bodyParameters(body: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
