/**
 * A Solana JSON-RPC endpoint over real HTTP and websocket with an invented chain, for tests of what a real
 * node does only by accident: every fault and every lie is a switch. Tests of what real nodes do use
 * devnet/solana.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import bs58 from 'bs58';
import { WebSocketServer } from 'ws';

interface FakeBlock {
  readonly slot: number;
  readonly parentSlot: number;
  readonly blockhash: string;
  readonly previousBlockhash: string;
  readonly blockTime: number;
  readonly transactions: readonly unknown[];
}

export type FakeChain = Map<number, FakeBlock>;

/** What to do instead of answering. */
export type Fault =
  | { readonly status: number; readonly body?: string | Buffer; readonly headers?: Record<string, string> }
  | { readonly stall: true }
  | { readonly cut: number }
  /** Cut off by something that ends the answer cleanly. */
  | { readonly truncate: number }
  | { readonly error: { readonly code: number; readonly message: string } }
  | { readonly result: unknown };

export interface FakeRpc {
  readonly url: string;
  readonly wsUrl: string;
  chain: FakeChain;
  /** Slots this endpoint denies. */
  readonly missing: Set<number>;
  /** Newest slot it knows. */
  head: number;
  fault: (method: string, params: readonly unknown[]) => Fault | undefined;
  readonly requests: {
    readonly method: string;
    readonly params: readonly unknown[];
    readonly at: number;
    readonly path: string;
  }[];
  /** Newest first. */
  signatures: { signature: string; slot: number; err: unknown }[];
  /** Accepts websockets but says nothing. */
  silent: boolean;
  notify(slot: number): void;
  dropWebsockets(): void;
  websockets(): number;
  close(): Promise<void>;
}

export const address = (n: number): string => bs58.encode(Buffer.alloc(32, n));
export const signatureOf = (n: number): string => bs58.encode(Buffer.alloc(64, n));
export const hashOf = (slot: number, branch = 0): string => {
  const bytes = Buffer.alloc(32, 7);
  bytes.writeUInt32BE(slot, 4);
  bytes.writeUInt32BE(branch, 8);
  return bs58.encode(bytes);
};

/** A transaction as getBlock gives it in `json`. */
export function fakeTransaction(
  signature: string,
  accounts: readonly string[],
  options: {
    readonly version?: 'legacy' | 0 | 1;
    readonly logs?: readonly string[];
    readonly loaded?: readonly string[];
  } = {},
): unknown {
  const total = accounts.length + (options.loaded?.length ?? 0);
  return {
    meta: {
      computeUnitsConsumed: 150,
      err: null,
      fee: 5000,
      innerInstructions: [],
      loadedAddresses: { readonly: options.loaded ?? [], writable: [] },
      logMessages: options.logs ?? [],
      postBalances: new Array(total).fill(1),
      postTokenBalances: [],
      preBalances: new Array(total).fill(1),
      preTokenBalances: [],
      rewards: null,
      status: { Ok: null },
    },
    transaction: {
      message: {
        accountKeys: accounts,
        header: { numReadonlySignedAccounts: 0, numReadonlyUnsignedAccounts: 1, numRequiredSignatures: 1 },
        instructions: [{ accounts: [0], data: '3Bxs', programIdIndex: accounts.length - 1, stackHeight: 1 }],
        recentBlockhash: address(9),
        ...(options.version === 0 ? { addressTableLookups: [] } : {}),
      },
      signatures: [signature],
    },
    version: options.version ?? 'legacy',
  };
}

/** `slots`: those with a block; each follows upon the one before. */
export function fakeChain(
  slots: readonly number[],
  transactions: (slot: number) => readonly unknown[] = () => [],
  branch = 0,
): FakeChain {
  const chain: FakeChain = new Map();
  let parent = (slots[0] ?? 1) - 1;
  for (const slot of slots) {
    chain.set(slot, {
      slot,
      parentSlot: parent,
      blockhash: hashOf(slot, branch),
      previousBlockhash: chain.get(parent)?.blockhash ?? hashOf(parent),
      blockTime: 1_700_000_000 + slot,
      transactions: transactions(slot),
    });
    parent = slot;
  }
  return chain;
}

export async function startFakeRpc(chain: FakeChain = new Map()): Promise<FakeRpc> {
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(String(Buffer.concat(chunks)), request.url ?? '/', response));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  const sockets = new WebSocketServer({ server: http });
  sockets.on('connection', (socket) => {
    socket.on('message', () => {
      if (!fake.silent) socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, result: 0 }));
    });
  });

  const fake: FakeRpc = {
    url: `http://127.0.0.1:${port}`,
    wsUrl: `ws://127.0.0.1:${port}`,
    chain,
    missing: new Set(),
    head: Math.max(0, ...chain.keys()),
    fault: () => undefined,
    requests: [],
    signatures: [],
    silent: false,
    notify(slot) {
      if (fake.silent) return;
      const params = { result: { slot, parent: slot - 1, root: slot - 32 }, subscription: 0 };
      for (const socket of sockets.clients)
        socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'slotNotification', params }));
    },
    dropWebsockets() {
      for (const socket of sockets.clients) socket.terminate();
    },
    websockets: () => sockets.clients.size,
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };

  function answer(body: string, path: string, response: ServerResponse): void {
    const {
      id,
      method,
      params = [],
    } = JSON.parse(body) as { id: number; method: string; params?: unknown[] };
    fake.requests.push({ method, params, at: performance.now(), path });
    const fault = fake.fault(method, params);
    if (fault !== undefined && 'stall' in fault) return;
    if (fault !== undefined && 'status' in fault) {
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
      response.end(fault.body ?? '');
      return;
    }
    const reply =
      fault !== undefined && ('error' in fault || 'result' in fault) ? fault : resultOf(method, params);
    const text = JSON.stringify({ jsonrpc: '2.0', ...reply, id });
    if (fault !== undefined && 'cut' in fault) {
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(text)),
      });
      response.write(text.slice(0, fault.cut), () => response.destroy());
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(fault !== undefined && 'truncate' in fault ? text.slice(0, fault.truncate) : text);
  }

  function resultOf(
    method: string,
    params: readonly unknown[],
  ): { result: unknown } | { error: { code: number; message: string } } {
    const first = Number(params[0]);
    const known = [...fake.chain.keys()]
      .filter((slot) => slot <= fake.head && !fake.missing.has(slot))
      .sort((a, b) => a - b);
    switch (method) {
      case 'getGenesisHash':
        return { result: address(1) };
      case 'getSlot':
        return { result: fake.head };
      case 'getFirstAvailableBlock':
        return { result: known[0] ?? 0 };
      case 'getBlockTime':
        return { result: fake.chain.get(first)?.blockTime ?? null };
      case 'getBlocks':
        return { result: known.filter((slot) => slot >= first && slot <= Number(params[1])) };
      case 'getBlocksWithLimit':
        return { result: known.filter((slot) => slot >= first).slice(0, Number(params[1])) };
      case 'getBlock':
        return getBlock(
          first,
          params[1] as { transactionDetails: string; maxSupportedTransactionVersion: number },
        );
      case 'getTransaction':
        return { result: getTransaction(String(params[0])) };
      case 'getSignaturesForAddress': {
        const {
          before,
          limit,
          minContextSlot = 0,
        } = params[1] as { before?: string; limit: number; minContextSlot?: number };
        if (minContextSlot > fake.head)
          return { error: { code: -32016, message: 'Minimum context slot has not been reached' } };
        const seen = fake.signatures.filter(({ slot }) => slot <= fake.head);
        const from = before === undefined ? 0 : seen.findIndex(({ signature }) => signature === before) + 1;
        return { result: before !== undefined && from === 0 ? [] : seen.slice(from, from + limit) };
      }
      default:
        return { error: { code: -32601, message: 'Method not found' } };
    }
  }

  function getBlock(
    slot: number,
    config: { transactionDetails: string; maxSupportedTransactionVersion: number },
  ) {
    const block = fake.chain.get(slot);
    if (slot > fake.head) return { error: { code: -32004, message: `Block not available for slot ${slot}` } };
    if (block === undefined || fake.missing.has(slot)) {
      return {
        error: {
          code: -32007,
          message: `Slot ${slot} was skipped, or missing due to ledger jump to recent snapshot`,
        },
      };
    }
    const { transactions, slot: _, ...header } = block;
    const version = transactions
      .map((tx) => (tx as { version: unknown }).version)
      .find((v) => typeof v === 'number' && v > config.maxSupportedTransactionVersion);
    if (version !== undefined)
      return { error: { code: -32015, message: `Transaction version (${version}) is not supported` } };
    const head = { blockHeight: slot, ...header };
    if (config.transactionDetails === 'none') return { result: head };
    if (config.transactionDetails === 'signatures')
      return { result: { ...head, signatures: transactions.map(signature) } };
    return { result: { ...head, transactions } };
  }

  function getTransaction(wanted: string): unknown {
    for (const block of fake.chain.values()) {
      const found = block.transactions.find((tx) => signature(tx) === wanted);
      if (found !== undefined && !fake.missing.has(block.slot))
        return { ...found, slot: block.slot, blockTime: block.blockTime };
    }
    return null;
  }

  return fake;
}

function signature(tx: unknown): string {
  return (tx as { transaction: { signatures: string[] } }).transaction.signatures[0] ?? '';
}
