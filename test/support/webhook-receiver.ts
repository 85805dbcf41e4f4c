/** A receiver of webhooks, on a port that it keeps over being killed. It verifies every message. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface Message {
  readonly id: string;
  readonly type: string;
  readonly data: {
    readonly from?: string;
    readonly reason?: string;
    readonly after?: string;
    readonly upTo?: string;
    readonly changes?: readonly ToldChange[];
  };
}

export interface ToldChange {
  readonly id: string;
  readonly type: string;
  readonly lane: string;
  readonly time: string;
  readonly subject: string;
  readonly chain: string | null;
  readonly event?: Readonly<Record<string, unknown>> | null;
  readonly record?: { readonly key: string; readonly content?: unknown };
}

/** How it answers: a status, or nothing at all. */
export type Answer =
  | number
  | 'silence'
  | { readonly status: number; readonly headers: Record<string, string> };

export interface Receiver {
  readonly url: string;
  /** `host:port`, for the list of hosts that may be asked. */
  readonly host: string;
  /** Messages that verified and were answered with 2xx, in order. */
  readonly received: Message[];
  /** Ids of all messages that came, also of those that were not taken. */
  readonly came: string[];
  /** Why messages did not verify. */
  readonly forged: string[];
  /** Signs with any of these. */
  secrets: string[];
  /** Answers that are given first, one a message. */
  readonly script: Answer[];
  /** Runs before each answer. */
  before: () => Promise<void> | void;
  /** Closes every connection and the port. */
  kill(): Promise<void>;
  /** Opens the port again. */
  start(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  let server: Server | undefined;
  let port = 0;
  const receiver: Receiver = {
    get url() {
      return `http://127.0.0.1:${port}/hook`;
    },
    get host() {
      return `127.0.0.1:${port}`;
    },
    received: [],
    came: [],
    forged: [],
    secrets: [],
    script: [],
    before: () => undefined,
    kill: () =>
      new Promise((done) => {
        if (!server) return done();
        server.close(() => done());
        server.closeAllConnections();
        server = undefined;
      }),
    start: async () => {
      const started = createServer((request, response) => {
        void take(request).then(async (message) => {
          await receiver.before();
          const answer = message ? (receiver.script.shift() ?? 204) : 401;
          if (answer === 'silence' || response.destroyed) return;
          const { status, headers } = typeof answer === 'number' ? { status: answer, headers: {} } : answer;
          if (message && status < 300) receiver.received.push(message);
          response.writeHead(status, headers).end();
        });
      });
      await new Promise<void>((done) => started.listen(port, '127.0.0.1', done));
      port = (started.address() as AddressInfo).port;
      server = started;
    },
  };

  async function take(request: IncomingMessage): Promise<Message | null> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const headers = request.headers as Record<string, string>;
    const id = headers['webhook-id'] ?? '';
    receiver.came.push(id);
    const problems: string[] = [];
    for (const secret of receiver.secrets) {
      try {
        const message = new Webhook(secret).verify(body, headers) as Omit<Message, 'id'>;
        return { ...message, id };
      } catch (error) {
        problems.push(String(error));
      }
    }
    receiver.forged.push(problems.join('; '));
    return null;
  }

  await receiver.start();
  return receiver;
}

/** All changes that were received, in the order in which they came. */
export function changesOf({ received }: Receiver): ToldChange[] {
  return received.flatMap(({ data }) => data.changes ?? []);
}
