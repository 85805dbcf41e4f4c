/** The part of a pino logger that queue and ingest speak to; tests give their own. */
type Write = (facts: object, message: string) => void;

export interface Log {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}
