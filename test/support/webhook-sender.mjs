// A sender of webhooks as a process of its own, which tests kill. Arguments: database, hosts that are asked.
import { createBell } from '../../dist/src/feed/bell.js';
import { createPushFeed } from '../../dist/src/push/feed.js';
import { createSealing } from '../../dist/src/push/webhooks/sealing.js';
import { startSender } from '../../dist/src/push/webhooks/sender.js';
import { createOutbound } from '../../dist/src/runtime/outbound/client.js';
import { createPool } from '../../dist/src/store/database.js';

const [url, ...allowedHosts] = process.argv.slice(2);
const pool = createPool({ url, poolSize: 4 });
const write = (facts, message) => process.stderr.write(`${message} ${JSON.stringify(facts)}\n`);
const log = { debug: () => undefined, info: () => undefined, warn: write, error: write };
startSender({
  db: { pool },
  feed: createPushFeed(pool),
  outbound: createOutbound({ allowedHosts }),
  sealing: createSealing(undefined),
  schedule: { delays: [20], giveUpAfter: 60_000 },
  holder: `process ${process.pid}`,
  bell: createBell({ pool, log, often: 20 }),
  log,
  onAttempt: () => undefined,
  // What a killed one held is free again after so many milliseconds.
  lease: 500,
});
