/** What the commands of `ndx webhook` share. */
import type { Context } from '../../../process/context.js';
import type { Webhooks } from '../../../process/push/webhooks.js';

export interface Common {
  readonly json?: true;
  readonly dryRun?: true;
}

export const DRY_RUN = ['--dry-run', 'change nothing: only say what would be'] as const;

/** What stands before the text of a change that was not made. */
export function wouldBe({ dryRun }: Common): string {
  return dryRun ? 'Nothing was changed. It would be: ' : '';
}

/** Opens the database for one command. */
export async function within(context: Context, work: (webhooks: Webhooks) => Promise<void>): Promise<void> {
  const { withWebhooks } = await import('../../../process/push/webhooks.js');
  await withWebhooks(context, work);
}
