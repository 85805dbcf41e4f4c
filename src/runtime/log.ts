/** The log as most code sees it: pino's logger, or one of a test. `facts` become fields of the line. */
type Write = (facts: object, message: string) => void;

export interface Log {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}
