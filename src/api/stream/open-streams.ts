/** The streams that are open in this process: how many, which of them take nothing, and how they end. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Message } from '../../feed/told/stream.js';

/** Readers of one process; well below the connections that it takes (limits.ts). */
const MOST = 1_500;
/** Milliseconds in which a reader has to take what was written to it. */
const STALLED = 30_000;

type Reason = 'gone' | 'slow' | 'stopping';

export interface OpenStream {
  readonly signal: AbortSignal;
  /** The text of every message. Ends when the stream ends. */
  paced(messages: AsyncGenerator<Message>, write: (message: Message) => string): AsyncGenerator<string>;
  onClose(destroy: () => void): void;
  close(reason: Reason): void;
}

export interface OpenStreams {
  readonly most: number;
  count(): number;
  add(): OpenStream;
  /** Ends every stream: their clients come back to where they were, here or at another process. */
  closeAll(): void;
}

/**
 * @param stalled milliseconds in which a reader has to take what was written to it, before its stream is
 * ended
 */
export function createOpenStreams(registry: Registry, stalled = STALLED): OpenStreams {
  const readers = metricOf(registry, 'ndx_stream_readers', () => {
    const help = 'Readers of the stream';
    return new Gauge({ name: 'ndx_stream_readers', help, registers: [registry] });
  });
  const closed = metricOf(registry, 'ndx_stream_closed_total', () => {
    const help = 'Streams that ended, by reason: gone, slow, stopping';
    return new Counter({
      name: 'ndx_stream_closed_total',
      help,
      labelNames: ['reason'],
      registers: [registry],
    });
  });
  const all = new Map<OpenStream, () => boolean>();
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    for (const [reader, isStalled] of all) if (isStalled()) reader.close('slow');
  }

  function add(): OpenStream {
    const end = new AbortController();
    let destroy: () => void = () => undefined;
    /** When the text was handed over that the reader has not taken yet. */
    let handed: number | null = null;
    const reader: OpenStream = {
      signal: end.signal,
      paced: async function* (messages, write) {
        for await (const message of messages) {
          handed = performance.now();
          yield write(message);
          handed = null;
        }
        // The feed went on without it: as slow as one that takes nothing.
        reader.close(end.signal.aborted ? 'gone' : 'slow');
      },
      onClose: (then) => {
        destroy = then;
      },
      close: (reason) => {
        if (!all.delete(reader)) return;
        closed.inc({ reason });
        readers.set(all.size);
        if (all.size === 0) clearInterval(timer);
        end.abort();
        if (reason === 'slow') destroy();
      },
    };
    if (all.size === 0) timer = setInterval(look, Math.min(stalled, 5_000)).unref();
    all.set(reader, () => handed !== null && performance.now() - handed > stalled);
    readers.set(all.size);
    return reader;
  }

  return {
    most: MOST,
    count: () => all.size,
    add,
    closeAll: () => {
      for (const reader of [...all.keys()]) reader.close('stopping');
    },
  };
}

/**
 * The registry's metric of this name, made when there is none: one registry may serve several applications.
 */
function metricOf<M extends Gauge | Counter>(registry: Registry, name: string, make: () => M): M {
  return (registry.getSingleMetric(name) as M | undefined) ?? make();
}
