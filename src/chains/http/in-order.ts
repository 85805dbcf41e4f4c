/** Work on several items at once, whose results keep the order of the items. */

/**
 * Runs `work` over `items`, at most `limit` items at once, and yields the results in the order of the items.
 * When the consumer stops or an item fails, the rest is aborted through the signal that `work` is given. When
 * `items` itself fails, the results of the items before are yielded first, then its error is thrown.
 */
export async function* mapInOrder<T, R>(
  items: AsyncIterable<T>,
  limit: number,
  parent: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  parent.throwIfAborted();
  const controller = new AbortController();
  const forward = (): void => controller.abort(parent.reason);
  parent.addEventListener('abort', forward, { once: true });
  const iterator = items[Symbol.asyncIterator]();
  const running: Promise<R>[] = [];
  let exhausted = false;
  let failure: { readonly error: unknown } | undefined;
  try {
    while (true) {
      while (!exhausted && running.length < Math.max(1, limit)) {
        const item = await iterator.next().catch((error: unknown) => {
          failure = { error };
          return { done: true as const };
        });
        if (item.done === true) {
          exhausted = true;
          break;
        }
        const result = work(item.value, controller.signal);
        // It is awaited when its turn comes; until then a failure must not count as an unhandled rejection.
        result.catch(() => undefined);
        running.push(result);
      }
      const next = running.shift();
      if (next === undefined) {
        if (failure) throw failure.error;
        return;
      }
      yield await next;
    }
  } finally {
    controller.abort(new DOMException('no longer wanted', 'AbortError'));
    parent.removeEventListener('abort', forward);
    await Promise.allSettled(running);
    await iterator.return?.();
  }
}
