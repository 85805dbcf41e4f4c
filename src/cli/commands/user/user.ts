/** `ndx user`: whose a wallet is. Links by hand are the same rows that the platform's application writes. */
import { Command } from 'commander';
import type { Act, Acted } from '../../../identity/act.js';
import type { Shown } from '../../../identity/queries.js';
import type { Context } from '../../../process/context.js';
import { NdxError } from '../../../runtime/errors.js';
import type { Database } from '../../../store/database.js';
import { withExamples } from '../../help.js';

interface ActOptions {
  readonly dryRun?: true;
  readonly json?: true;
  readonly reason: string;
}

export function userCommand(context: Context): Command {
  const command = new Command('user').description('show and change whose a wallet is: docs/people.md');
  command.addCommand(acting(context, 'link', "link a wallet to a user: its rows become the user's"));
  command.addCommand(
    acting(context, 'unlink', "take a user's links to a wallet away: its rows are given back"),
  );
  command.addCommand(
    withExamples(
      new Command('show')
        .description('a user by id or by the address of a wallet: wallets, links, what is under way')
        .argument('<user-or-wallet>', 'id in the table User, or an address')
        .option('--json', 'print one JSON document')
        .action((name: string, options: { readonly json?: true }) => show(context, name, options.json)),
      ['ndx user show clx2k3', 'ndx user show EQDtFpEwcFAEcRe5mLVh2N6C0x-_hJEM7W61_JLnSF74p4q2 --json'],
    ),
  );
  command.addCommand(
    withExamples(
      new Command('conflicts')
        .description('list the wallets that several people have linked; the newest link decides')
        .option('--json', 'print {"conflicts": […]}')
        .action((options: { readonly json?: true }) => conflicts(context, options.json)),
      ['ndx user conflicts', 'ndx user conflicts --json'],
    ),
  );
  return withExamples(command, ['ndx user show clx2k3', 'ndx user conflicts']);
}

function acting(context: Context, action: 'link' | 'unlink', description: string): Command {
  const command = new Command(action)
    .description(description)
    .argument('<user>', 'id in the table User')
    .argument('<wallet>', 'address: Solana, or TON in any form')
    .option('--dry-run', 'say what would change, and change nothing')
    .option('--reason <text>', 'why, for the audit log', 'by hand')
    .option('--json', 'print one JSON document')
    .action((user: string, wallet: string, options: ActOptions) =>
      act(
        context,
        action,
        { user, wallet, reason: options.reason, dryRun: options.dryRun ?? false },
        options,
      ),
    );
  return withExamples(command, [
    `ndx user ${action} clx2k3 EQDtFpEwcFAEcRe5mLVh2N6C0x-_hJEM7W61_JLnSF74p4q2 --dry-run`,
    `ndx user ${action} clx2k3 9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM --json`,
  ]);
}

async function withDatabase<T>(context: Context, work: (db: Database) => Promise<T>): Promise<T> {
  const { assertReady, createDatabase } = await import('../../../store/database.js');
  return context.withDatabase(async ({ url }) => {
    const db = createDatabase({ url, poolSize: 3 });
    try {
      await assertReady(db);
      return await work(db);
    } finally {
      await db.close();
    }
  });
}

async function act(
  context: Context,
  action: 'link' | 'unlink',
  what: Act,
  { json }: ActOptions,
): Promise<void> {
  const { linkWallet, unlinkWallet } = await import('../../../identity/act.js');
  const { carryThrough } = await import('../../../identity/carry-through.js');
  await withDatabase(context, async (db) => {
    const acted = await (action === 'link' ? linkWallet : unlinkWallet)(db, what);
    const moved = what.dryRun ? null : await carryThrough(db, acted.address);
    if (json) context.out.json({ ...acted, dryRun: what.dryRun, moved });
    else context.out.print(sentence(acted, what.dryRun, moved));
  });
}

function sentence(
  { address, changed, before, after, rows }: Acted,
  dryRun: boolean,
  moved: number | null,
): string {
  if (!changed) return `${address}: nothing to change, it belongs to ${after ?? 'nobody'}`;
  const counted = Object.entries(rows).map(([column, n]) => `${n} ${column}`);
  const from =
    before === after ? `stays with ${after ?? 'nobody'}` : `${before ?? 'nobody'} → ${after ?? 'nobody'}`;
  if (dryRun) return `${address}: would be changed, ${from}; rows to move: ${counted.join(', ') || 'none'}`;
  return `${address}: ${from}; ${moved ?? 0} rows moved`;
}

async function show(context: Context, name: string, json?: true): Promise<void> {
  const { showUser } = await import('../../../identity/queries.js');
  await withDatabase(context, async ({ pool }) => {
    const shown = await showUser(pool, name);
    if (!shown)
      throw new NdxError('INPUT_INVALID', `there is neither a user nor a wallet ${name.slice(0, 128)}`);
    if (json) context.out.json(shown);
    else for (const line of linesOf(shown)) context.out.print(line);
  });
}

function linesOf({ user, wallets, links, moves, pending }: Shown): string[] {
  return [
    user
      ? `${user.id}${user.isPlaceholder ? ' (placeholder: nobody has linked the wallet)' : ''}`
      : 'no user',
    ...wallets.map(({ chain, address }) => `wallet ${chain} ${address}`),
    ...links.map(
      (link) =>
        `link ${link.address} to ${link.user}, by ${link.source}${link.decides ? '' : ': a newer link decides'}`,
    ),
    ...moves.map(
      (move) =>
        `moving ${move.address}: ${move.from.join(', ') || 'nobody'} → ${move.to}, ${move.moved} rows so far${move.problem === null ? '' : `; failed: ${move.problem}`}`,
    ),
    ...(pending > 0 ? [`${pending} changes of links are not carried through yet`] : []),
  ];
}

const MOST_CONFLICTS = 10_000;

async function conflicts(context: Context, json?: true): Promise<void> {
  const { listConflicts } = await import('../../../identity/queries.js');
  await withDatabase(context, async ({ pool }) => {
    const found = await listConflicts(pool, MOST_CONFLICTS);
    if (json) context.out.json({ conflicts: found });
    else if (found.length === 0) context.out.print('No wallet is linked to more than one user.');
    else
      for (const { address, users } of found)
        context.out.print(`${address}: ${users[0]} has it; also linked by ${users.slice(1).join(', ')}`);
  });
}
