/**
 * What code outside of the processes writes its log through: pino's logger, or a test's own. `facts` become
 * fields of the line.
 */
type Write = (facts: object, message: string) => void;

export interface Log {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}
