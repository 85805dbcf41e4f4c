/** `ndx webhook`: looks after those who are told of changes by webhooks. */
import { Command } from 'commander';
import type { Context } from '../../../process/context.js';
import { withExamples } from '../../help.js';
import { addCommand } from './add.js';
import { deliveriesCommand, redeliverCommand } from './deliveries.js';
import { disableCommand, enableCommand, removeCommand, rotateCommand } from './manage.js';
import { replayCommand } from './replay.js';
import { listCommand, showCommand, testCommand } from './show.js';

const COMMANDS = [
  addCommand,
  listCommand,
  showCommand,
  testCommand,
  rotateCommand,
  enableCommand,
  disableCommand,
  removeCommand,
  deliveriesCommand,
  redeliverCommand,
  replayCommand,
];

export function webhookCommand(context: Context): Command {
  const webhook = new Command('webhook').description(
    'look after webhooks: who is told of changes, what was delivered, what waits',
  );
  for (const make of COMMANDS) webhook.addCommand(make(context));
  return withExamples(webhook, ['ndx webhook list', 'ndx webhook add https://receiver.example/changes']);
}
