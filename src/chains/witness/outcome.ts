/**
 * How a comparison ended. `agreed`: another endpoint says the same. `outvoted`: most endpoints say otherwise,
 * and their word is taken. `disputed`: it cannot be told who is right. `owed`: nobody answered in time, asked
 * again later. `unanswered`: no other endpoint keeps the block.
 */
export type CheckOutcome = 'agreed' | 'outvoted' | 'disputed' | 'owed' | 'unanswered';
