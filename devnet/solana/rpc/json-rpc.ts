/** JSON-RPC 2.0: requests, batches, errors with the codes that a Solana node gives. */
import { z } from 'zod';

/** agave's rpc-client-api `custom_error.rs`, and the JSON-RPC standard's own. */
export const RPC_CODES = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  blockCleanedUp: -32001,
  preflightFailure: -32002,
  signatureVerificationFailure: -32003,
  blockNotAvailable: -32004,
  nodeUnhealthy: -32005,
  slotSkipped: -32007,
  longTermStorageSlotSkipped: -32009,
  blockStatusNotAvailableYet: -32014,
  unsupportedTransactionVersion: -32015,
  minContextSlotNotReached: -32016,
} as const;

export class RpcError extends Error {
  readonly code: number;
  readonly data: unknown;
  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

export function invalidParams(message: string): RpcError {
  return new RpcError(RPC_CODES.invalidParams, message);
}

/** A result that is already JSON text. */
export class JsonText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type RpcMethod = (params: readonly unknown[]) => unknown;
export type RpcMethods = { readonly [method: string]: RpcMethod };

const requestSchema = z.object({
  jsonrpc: z.literal('2.0'),
  method: z.string(),
  params: z.array(z.unknown()).optional(),
  id: z.union([z.string(), z.number(), z.null()]).optional(),
});

function errorText(id: unknown, error: RpcError): string {
  const body = {
    code: error.code,
    message: error.message,
    ...(error.data === undefined ? {} : { data: error.data }),
  };
  return `{"jsonrpc":"2.0","error":${JSON.stringify(body)},"id":${JSON.stringify(id ?? null)}}`;
}

export function resultText(id: unknown, result: unknown): string {
  const text = result instanceof JsonText ? result.text : JSON.stringify(result ?? null);
  return `{"jsonrpc":"2.0","result":${text},"id":${JSON.stringify(id ?? null)}}`;
}

async function answerOne(raw: unknown, methods: RpcMethods): Promise<string> {
  const parsed = requestSchema.safeParse(raw);
  if (!parsed.success) return errorText(null, new RpcError(RPC_CODES.invalidRequest, 'Invalid request'));
  const { id, method, params } = parsed.data;
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (handler === undefined) return errorText(id, new RpcError(RPC_CODES.methodNotFound, 'Method not found'));
  try {
    return resultText(id, await handler(params ?? []));
  } catch (error) {
    if (error instanceof RpcError) return errorText(id, error);
    return errorText(
      id,
      new RpcError(-32603, `Internal error: ${error instanceof Error ? error.message : String(error)}`),
    );
  }
}

/** The request body as JSON; undefined when it is none. */
export function parseBody(body: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(body) };
  } catch {
    return undefined;
  }
}

/** The names of the methods that a body calls. */
export function methodsOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).flatMap((entry: unknown) =>
    typeof entry === 'object' && entry !== null && 'method' in entry && typeof entry.method === 'string'
      ? [entry.method]
      : [],
  );
}

/** Answer a request or a batch. */
export async function answer(body: string, methods: RpcMethods): Promise<string> {
  const parsed = parseBody(body);
  if (parsed === undefined) return errorText(null, new RpcError(RPC_CODES.parseError, 'Parse error'));
  if (!Array.isArray(parsed.value)) return answerOne(parsed.value, methods);
  if (parsed.value.length === 0)
    return errorText(null, new RpcError(RPC_CODES.invalidRequest, 'Invalid request'));
  const answers: string[] = [];
  for (const request of parsed.value) answers.push(await answerOne(request, methods));
  return `[${answers.join(',')}]`;
}
