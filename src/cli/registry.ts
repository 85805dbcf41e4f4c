/** Every command of `ndx`. Adding one: a file in commands/ and a line here. */
import type { Command } from 'commander';
import { dbCommand } from './commands/db.js';
import { devnetCommand } from './commands/devnet.js';
import { statusCommand } from './commands/status.js';
import type { Context } from './context.js';

export const COMMANDS: readonly ((context: Context) => Command)[] = [statusCommand, dbCommand, devnetCommand];
