/**
 * The process's log: one line per entry, JSON for machines or text for a terminal, without secrets in either.
 */
import { Writable } from 'node:stream';
import { type DestinationStream, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { redactText } from './redact.js';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export const LOG_FORMATS = ['json', 'pretty'] as const;

export interface LoggerOptions {
  readonly level: (typeof LOG_LEVELS)[number];
  readonly format: (typeof LOG_FORMATS)[number];
  /** Name of the process; part of every line. */
  readonly name: string;
  /** Default: stderr, so that stdout holds only what a command prints. */
  readonly destination?: DestinationStream;
  readonly colour?: boolean;
}

/** Values under these keys are replaced by `***`, whoever logs the object. */
const SECRET_KEYS = [
  'password',
  'apiKey',
  'authorization',
  'cookie',
  'headers.authorization',
  'headers.cookie',
  'headers["x-api-key"]',
];

/** A log that writes to `destination` (default stderr). Secrets under known keys and in URLs are replaced. */
export function createLogger(options: LoggerOptions): Logger {
  const out = options.destination ?? process.stderr;
  const target: DestinationStream =
    options.format === 'json'
      ? out
      : pretty({
          destination: new Writable({
            write: (line, _, done) => {
              out.write(String(line));
              done();
            },
          }),
          colorize: options.colour ?? false,
          sync: true,
          ignore: 'pid,hostname',
        });
  // Libraries put connection strings into their messages, so the finished line is redacted too.
  const redacted: DestinationStream = { write: (line) => target.write(redactText(line)) };
  return pino(
    {
      level: options.level,
      base: { name: options.name, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '***' },
    },
    redacted,
  );
}
