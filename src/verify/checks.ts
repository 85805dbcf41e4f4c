export const CHECKS = [
  'coverage',
  'hashes',
  'ledger',
  'tables',
  'metadata',
  'blocks',
  'owners',
  'balances',
  'stakes',
] as const;

/**
 * `coverage`: every block of the range is reconciled. `hashes`: covered stretches follow upon each other, and
 * sampled ends of them are blocks of the chain. `ledger`: every event is as it was written, and none
 * that a table refers to is missing. `tables`: every projection row equals a fresh fold of the ledger.
 * `metadata`: what NFTs show of their documents is what these hold, and that is what was fetched.
 * `blocks`, `owners`, `balances`, `stakes`: samples equal what the chain answers.
 */
export type Check = (typeof CHECKS)[number];
