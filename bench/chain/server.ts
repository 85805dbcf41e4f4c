/**
 * The RPC node of a generated chain, a process of its own: JSON-RPC over HTTP, and slot notifications over a
 * websocket on the next port. Answers are written from ready bytes. `live` makes its blocks appear one by
 * one.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import type { GeneratedChain } from './blocks.js';
import { addressOf } from './keys.js';
import { NDT_PROGRAM } from './ours.js';

/**
 * Slots that exist after the last block asked for, empty of ours, so that everything before them is final.
 */
export const TAIL = 40;

export interface ChainServer {
  readonly url: string;
  /** Milliseconds since 1970 of the first request for a block; null before it. */
  firstBlockAt(): number | null;
  /** Bytes and blocks served so far. */
  served(): { readonly blocks: number; readonly bytes: number };
  /** Makes slots up to this one known and tells subscribers. */
  announce(slot: number): void;
  /** Forgets what was served: the next request for a block is the first. */
  reset(): void;
  close(): Promise<void>;
}

interface Call {
  readonly id: number | string;
  readonly method: string;
  readonly params?: readonly unknown[];
}

type Answer = readonly Buffer[];

export async function startChainServer(
  chain: GeneratedChain,
  options: { readonly port: number; readonly head?: number; readonly finalizedLag?: number },
): Promise<ChainServer> {
  const last = chain.shape.blocks;
  let head = options.head ?? last + TAIL;
  const lag = options.finalizedLag ?? 0;
  let firstBlockAt: number | null = null;
  const served = { blocks: 0, bytes: 0 };
  const index = new Map<string, { readonly slot: number; readonly at: number }>();
  const transactionAt = (signature: string) => {
    if (index.size === 0) {
      for (let slot = 1; slot <= last; slot++)
        for (const [at, { signature }] of chain.ours(slot).entries()) index.set(signature, { slot, at });
    }
    return index.get(signature);
  };
  let newestFirst: { readonly signature: string; readonly slot: number }[] | undefined;

  function result(
    call: Call,
  ): Answer | { readonly error: { readonly code: number; readonly message: string } } {
    const [first, second, third] = call.params ?? [];
    const json = (value: unknown): Answer => [Buffer.from(JSON.stringify(value))];
    switch (call.method) {
      case 'getGenesisHash':
        return json(addressOf(`genesis/${chain.shape.seed}/${last}`));
      case 'getSlot':
        return json(
          (first as { commitment?: string } | undefined)?.commitment === 'finalized'
            ? Math.max(0, head - lag)
            : head,
        );
      case 'getBlockHeight':
        return json(head);
      case 'getFirstAvailableBlock':
        return json(0);
      case 'getLatestBlockhash':
        return json({
          context: { slot: head },
          value: { blockhash: addressOf(`block/${head}`), lastValidBlockHeight: head + 150 },
        });
      case 'getBlockTime':
        return json(chain.time(Number(first)));
      case 'getBlocks':
        return json(range(Number(first), Math.min(head, typeof second === 'number' ? second : head)));
      case 'getBlocksWithLimit':
        return json(range(Number(first), Math.min(head, Number(first) + Number(second) - 1)));
      case 'getBlock':
        return block(
          Number(first),
          (second as { transactionDetails?: string } | undefined)?.transactionDetails ?? 'full',
        );
      case 'getTransaction': {
        const place = transactionAt(String(first));
        const found = place && chain.ours(place.slot)[place.at];
        if (!place || !found) return json(null);
        return [
          Buffer.from(
            `${found.json.slice(0, -1)},"slot":${place.slot},"blockTime":${chain.time(place.slot)}}`,
          ),
        ];
      }
      case 'getSignaturesForAddress':
        return json(signaturesFor(String(first), (second ?? {}) as { before?: string; limit?: number }));
      default:
        return {
          error: { code: -32601, message: `Method not found: ${call.method} ${String(third ?? '')}` },
        };
    }
  }

  function block(slot: number, details: string): ReturnType<typeof result> {
    if (slot < 0 || slot > head)
      return { error: { code: -32004, message: `Block not available for slot ${slot}` } };
    if (details === 'full') {
      firstBlockAt ??= Date.now();
      served.blocks += 1;
    }
    const { full, header, signatures } = chain.block(slot);
    if (details === 'none') return [Buffer.from(`{${header}}`)];
    if (details === 'signatures')
      return [Buffer.from(`{${header},"signatures":${JSON.stringify(signatures)}}`)];
    return full;
  }

  function signaturesFor(address: string, { before, limit = 1_000 }: { before?: string; limit?: number }) {
    if (address !== NDT_PROGRAM) return [];
    if (!newestFirst) {
      newestFirst = [];
      for (let slot = last; slot >= 1; slot--)
        for (const { signature } of [...chain.ours(slot)].reverse()) newestFirst.push({ signature, slot });
    }
    firstBlockAt ??= Date.now();
    const known = before === undefined ? undefined : transactionAt(before);
    let from = 0;
    if (before !== undefined) {
      // Whose signature is not ours stands in a later slot: then it is the newest page.
      from = known ? newestFirst.findIndex((item) => item.signature === before) + 1 : 0;
    }
    return newestFirst.slice(from, from + limit).map(({ signature, slot }) => ({
      signature,
      slot,
      err: null,
      memo: null,
      blockTime: chain.time(slot),
    }));
  }

  function answer(call: Call): Answer {
    const found = result(call);
    const id = JSON.stringify(call.id);
    if ('error' in found)
      return [Buffer.from(`{"jsonrpc":"2.0","error":${JSON.stringify(found.error)},"id":${id}}`)];
    return [Buffer.from('{"jsonrpc":"2.0","result":'), ...found, Buffer.from(`,"id":${id}}`)];
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const asked = JSON.parse(Buffer.concat(parts).toString('utf8')) as Call | Call[];
    const pieces = Array.isArray(asked)
      ? asked
          .flatMap((call, at) => [Buffer.from(at === 0 ? '[' : ','), ...answer(call)])
          .concat(Buffer.from(']'))
      : [...answer(asked)];
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    served.bytes += length;
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': length });
    response.cork();
    for (const piece of pieces) response.write(piece);
    response.end();
    response.uncork();
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      process.stderr.write(`chain server: ${String(error)}\n`);
      response.destroy();
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((done, fail) => server.once('error', fail).listen(options.port, '127.0.0.1', done));
  const sockets = new Set<WebSocket>();
  const hints = new WebSocketServer({ host: '127.0.0.1', port: options.port + 1 });
  hints.on('connection', (socket) => {
    socket.on('message', () => {
      socket.send('{"jsonrpc":"2.0","result":1,"id":1}');
      sockets.add(socket);
    });
    socket.on('close', () => sockets.delete(socket));
  });

  return {
    url: `http://127.0.0.1:${options.port}`,
    firstBlockAt: () => firstBlockAt,
    served: () => ({ ...served }),
    reset() {
      firstBlockAt = null;
      served.blocks = 0;
      served.bytes = 0;
    },
    announce(slot) {
      head = slot;
      const text = JSON.stringify({
        jsonrpc: '2.0',
        method: 'slotNotification',
        params: { result: { parent: slot - 1, root: slot - 1, slot }, subscription: 1 },
      });
      for (const socket of sockets) socket.send(text);
    },
    close: async () => {
      for (const socket of hints.clients) socket.terminate();
      hints.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);
}
