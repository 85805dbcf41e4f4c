/** Every command of `ndx`. To add one, write a file in commands/ and a line here. */
import type { Command } from 'commander';
import type { Context } from '../process/context.js';
import { archiveCommand } from './commands/archive.js';
import { dbCommand } from './commands/db.js';
import { deadCommand } from './commands/dead.js';
import { decodeCommand } from './commands/decode.js';
import { devnetCommand } from './commands/devnet.js';
import { doctorCommand } from './commands/doctor.js';
import { explainCommand } from './commands/explain.js';
import { gapsCommand } from './commands/gaps.js';
import { listenCommand } from './commands/listen.js';
import { metadataCommand } from './commands/metadata/metadata.js';
import { pushCommand } from './commands/push/push.js';
import { webhookCommand } from './commands/push/webhook.js';
import { replayCommand } from './commands/replay.js';
import { serveCommand } from './commands/serve.js';
import { statusCommand } from './commands/status.js';
import { upCommand } from './commands/up.js';
import { userCommand } from './commands/user/user.js';
import { verifyCommand } from './commands/verify.js';
import { workCommand } from './commands/work.js';
import { completionCommand } from './completion/command.js';

export const COMMANDS: readonly ((context: Context) => Command)[] = [
  upCommand,
  listenCommand,
  workCommand,
  metadataCommand,
  serveCommand,
  pushCommand,
  replayCommand,
  statusCommand,
  gapsCommand,
  verifyCommand,
  explainCommand,
  userCommand,
  deadCommand,
  webhookCommand,
  decodeCommand,
  archiveCommand,
  dbCommand,
  devnetCommand,
  doctorCommand,
  completionCommand,
];
