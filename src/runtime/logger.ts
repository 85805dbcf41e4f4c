/**
 * The process's log: one line an entry, JSON for machines or readable for a terminal, secrets taken out of
 * both.
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
  /** Which process this is; stands in every line. */
  readonly name: string;
  /** Default: stderr, so that stdout holds only what a command prints. */
  readonly destination?: DestinationStream;
  readonly colour?: boolean;
}

/** Values under these keys never leave the process, whoever logs the object. */
const SECRET_KEYS = [
  'password',
  'apiKey',
  'authorization',
  'cookie',
  'headers.authorization',
  'headers.cookie',
  'headers["x-api-key"]',
];

/** JSON lines or text for people, to the given stream (stderr); secrets in URLs and keys are replaced. */
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
  // Libraries put connection strings into their messages, so the finished line is what must be clean.
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
