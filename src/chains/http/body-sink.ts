/** Takes an answer's bytes as they come into one buffer, made once: putting 80 pieces of a block together afterwards costs as much as reading them. */
import { Writable } from 'node:stream';

export interface BodySink {
  /** `length`: what the answer says of itself; not a number when it does not. At most this much is set aside at once. */
  expect(length: number): Writable;
  bytes(): Buffer;
}

/** A length that is only claimed must not cost memory. */
const LARGEST_CLAIM = 32 * 1024 * 1024;
const FIRST = 64 * 1024;

export function createBodySink(): BodySink {
  let buffer = Buffer.alloc(0);
  let used = 0;

  function take(chunk: Buffer): void {
    const needed = used + chunk.length;
    if (needed > buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, buffer.length * 2, FIRST));
      buffer.copy(larger, 0, 0, used);
      buffer = larger;
    }
    buffer.set(chunk, used);
    used = needed;
  }

  return {
    expect(length) {
      if (length > 0) buffer = Buffer.allocUnsafeSlow(Math.min(length, LARGEST_CLAIM));
      return new Writable({
        write(chunk: Buffer, _, done) {
          take(chunk);
          done();
        },
      });
    },
    bytes: () => buffer.subarray(0, used),
  };
}
