/** Which documents are asked for sooner than they are due. */
import type { PoolClient } from 'pg';

/**
 * What is traded is asked for sooner; what the chain says has changed is asked for again, if it can change.
 */
export async function hurry(
  client: PoolClient,
  marks: readonly { readonly token: string | null; readonly reason: string }[],
  named: readonly { readonly token: string; readonly key: { readonly id: string } }[],
): Promise<void> {
  const documents = new Map(named.map(({ token, key }) => [token, key.id]));
  const of = (reason: string) => [
    ...new Set(
      marks.flatMap(({ token, reason: why }) => {
        const document = why === reason && token !== null ? documents.get(token) : undefined;
        return document === undefined ? [] : [document];
      }),
    ),
  ];
  const [traded, updated] = [of('traded'), of('updated')];
  if (traded.length > 0)
    await client.query(
      `UPDATE metadata_document SET priority = 2 WHERE id = ANY($1) AND state = 'waiting' AND priority > 2`,
      [traded],
    );
  if (updated.length > 0)
    await client.query(
      `UPDATE metadata_document SET priority = 2, next_at = now()
        WHERE id = ANY($1) AND state = 'ready' AND uri LIKE 'http%' AND next_at > now()`,
      [updated],
    );
}
