/** A time limit joined to a caller's signal. */

/**
 * Runs `work` with a signal that fires when `parent` does or after `milliseconds`. `expired` tells whether
 * the time limit has passed. AbortSignal.any() is not used: on Node 20 each call leaves a listener behind on
 * a long-lived parent.
 * @throws what `work` throws, or the reason of `parent` when it has fired before
 */
export async function withDeadline<T>(
  parent: AbortSignal,
  milliseconds: number,
  work: (signal: AbortSignal, expired: () => boolean) => Promise<T>,
): Promise<T> {
  parent.throwIfAborted();
  const controller = new AbortController();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    controller.abort(new DOMException(`no answer within ${milliseconds} ms`, 'TimeoutError'));
  }, milliseconds);
  const forward = (): void => controller.abort(parent.reason);
  parent.addEventListener('abort', forward, { once: true });
  try {
    return await work(controller.signal, () => timedOut);
  } finally {
    clearTimeout(timer);
    parent.removeEventListener('abort', forward);
  }
}
