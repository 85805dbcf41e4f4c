/** A client of server-sent events that keeps to the standard: fields, ids without data, comments. */

export interface SseEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

export interface SseClient {
  /** Dispatched events, in order, over all connections. */
  readonly events: SseEvent[];
  lastId(): string;
  /**
   * Connects, with the last id where there is one. Resolves when the connection has ended, however it did.
   */
  run(signal: AbortSignal): Promise<void>;
}

export function createSseClient(url: string, lastId = ''): SseClient {
  const events: SseEvent[] = [];
  let id = lastId;

  function block(text: string): void {
    let event = 'message';
    const data: string[] = [];
    for (const line of text.split('\n')) {
      const [, field, value = ''] = /^(\w+): ?(.*)$/.exec(line) ?? [];
      if (field === 'id') id = value;
      else if (field === 'event') event = value;
      else if (field === 'data') data.push(value);
    }
    if (data.length > 0) events.push({ id, event, data: data.join('\n') });
  }

  return {
    events,
    lastId: () => id,
    run: async (signal) => {
      try {
        const response = await fetch(url, { signal, headers: id === '' ? {} : { 'last-event-id': id } });
        if (response.status !== 200 || response.body === null)
          throw new TypeError(`${response.status}: ${await response.text()}`);
        let rest = '';
        for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
          const parts = (rest + chunk).split('\n\n');
          rest = parts.pop() ?? '';
          // What was cut off in the middle is not dispatched.
          for (const part of parts) block(part);
        }
      } catch (error) {
        const cut = signal.aborted || (error instanceof TypeError && !/^\d/.test(error.message));
        if (!cut) throw error;
      }
    },
  };
}
