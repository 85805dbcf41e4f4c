/** The websocket side of an endpoint: subscriptions of its clients, fed by the chain's blocks. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { BlockIndex, Commitment } from '../chain/ledger.js';
import type { Faults } from './faults.js';
import { parseBody, RPC_CODES, RpcError, resultText } from './json-rpc.js';
import type { RpcNode } from './node.js';
import { createSubscription, type NewBlocks, type Subscription } from './subscriptions.js';

const messageSchema = z.object({
  method: z.string(),
  params: z.array(z.unknown()).optional(),
  id: z.union([z.string(), z.number()]).optional(),
});

const COMMITMENTS: readonly Commitment[] = ['processed', 'confirmed', 'finalized'];
const MOST_MESSAGE_BYTES = 1_000_000;

/** Tells which blocks are new at each commitment since it was last asked. */
function createFreshBlocks(node: RpcNode): () => NewBlocks {
  const seen = new Map<Commitment, number>(
    COMMITMENTS.map((commitment) => [commitment, node.head(commitment).height]),
  );
  const since = (commitment: Commitment): BlockIndex[] => {
    const { height } = node.head(commitment);
    const blocks: BlockIndex[] = [];
    for (let next = (seen.get(commitment) ?? height) + 1; next <= height; next++)
      blocks.push(node.chain.ledger.atHeight(next));
    // After a fork the head is lower: the heights above it come again, with other blocks.
    seen.set(commitment, height);
    return blocks;
  };
  return () => ({
    processed: since('processed'),
    confirmed: since('confirmed'),
    finalized: since('finalized'),
  });
}

export function createWebsocketHub(node: RpcNode, faults: Faults) {
  const server = new WebSocketServer({ noServer: true, maxPayload: MOST_MESSAGE_BYTES });
  const clients = new Map<WebSocket, Map<number, Subscription>>();
  const fresh = createFreshBlocks(node);
  let lastId = 0;
  let closed = false;

  const send = (socket: WebSocket, text: string): void => {
    if (socket.readyState === socket.OPEN && !faults.isSilent()) socket.send(text);
  };
  const look = (socket: WebSocket, id: number, subscription: Subscription, blocks: NewBlocks): void => {
    const { results, ends } = subscription.look(blocks);
    for (const result of results) {
      send(
        socket,
        JSON.stringify({
          jsonrpc: '2.0',
          method: subscription.notification,
          params: { result, subscription: id },
        }),
      );
    }
    if (ends) clients.get(socket)?.delete(id);
  };

  const call = (socket: WebSocket, method: string, params: readonly unknown[], id: unknown): void => {
    const mine = clients.get(socket) ?? new Map<number, Subscription>();
    if (method.endsWith('Unsubscribe')) {
      if (!mine.delete(Number(params[0])))
        throw new RpcError(RPC_CODES.invalidParams, 'Invalid subscription id.');
      send(socket, resultText(id, true));
      return;
    }
    const subscription = createSubscription(node, method, params);
    lastId += 1;
    mine.set(lastId, subscription);
    send(socket, resultText(id, lastId));
    // What it waits for may have happened already (a signature that has landed).
    look(socket, lastId, subscription, { processed: [], confirmed: [], finalized: [] });
  };

  const receive = (socket: WebSocket, text: string): void => {
    const message = messageSchema.safeParse(parseBody(text)?.value);
    if (!message.success) {
      send(socket, '{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid request"},"id":null}');
      return;
    }
    const { method, params = [], id } = message.data;
    // A message without id is a notification (web3.js sends `ping` so): no answer.
    if (id === undefined) return;
    try {
      call(socket, method, params, id);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      send(
        socket,
        JSON.stringify({ jsonrpc: '2.0', error: { code: error.code, message: error.message }, id }),
      );
    }
  };

  const dropIfAsked = (): void => {
    if (clients.size > 0 && faults.strikeWebsocket()) for (const socket of clients.keys()) socket.terminate();
  };
  faults.onChange(dropIfAsked);

  node.chain.onBlock(() => {
    if (closed) return;
    const blocks = fresh();
    for (const [socket, subscriptions] of clients) {
      for (const [id, subscription] of subscriptions) look(socket, id, subscription, blocks);
    }
  });

  server.on('connection', (socket) => {
    clients.set(socket, new Map());
    socket.on('message', (data) => receive(socket, data.toString()));
    socket.on('close', () => clients.delete(socket));
    // A broken connection closes by itself right after.
    socket.on('error', () => socket.terminate());
    dropIfAsked();
  });

  return {
    /** Take over an HTTP upgrade. */
    upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
      server.handleUpgrade(request, socket, head, (client) => server.emit('connection', client, request));
    },
    close(): void {
      closed = true;
      for (const socket of clients.keys()) socket.terminate();
      server.close();
    },
  };
}
