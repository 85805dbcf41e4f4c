import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createLogger } from './logger.js';

function logged(format: 'json' | 'pretty', write: (log: ReturnType<typeof createLogger>) => void): string {
  const destination = new PassThrough();
  write(createLogger({ level: 'info', format, name: 'test', destination }));
  return String(destination.read() ?? '');
}

describe('logger', () => {
  test('writes JSON lines with name, level and time', () => {
    const line = JSON.parse(logged('json', (log) => log.info({ block: 7 }, 'hello')));
    expect(line).toMatchObject({ level: 'info', name: 'test', block: 7, msg: 'hello' });
    expect(Number.isNaN(Date.parse(line.time))).toBe(false);
  });

  test.each(['json', 'pretty'] as const)(
    'keeps secrets out of %s lines, also those inside errors',
    (format) => {
      const text = logged(format, (log) => {
        log.error(
          { err: new Error('connect postgres://ndx:hunter2@db/x'), apiKey: 'hunter2' },
          'get https://rpc.example/?api-key=hunter2',
        );
        log.warn({ request: { headers: { authorization: 'Bearer hunter2' } } });
      });
      expect(text).toContain('rpc.example');
      expect(text).not.toContain('hunter2');
    },
  );

  test('writes nothing below its level', () => {
    expect(logged('json', (log) => log.debug('quiet'))).toBe('');
  });
});
