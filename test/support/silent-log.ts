/** A log that says nothing, for tests whose subject is not what is logged. */
export const silentLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
