/** The transactions of one account, newest first, each with the masterchain block that holds it. */
import { messageOf } from '../../../runtime/errors.js';
import { badResponse, RpcError } from '../../http/errors.js';
import type { RawTransaction, TonEndpoint } from '../endpoints/endpoint.js';
import type { TonTransaction } from '../transaction.js';
import { type HistoryDeps, locate } from './locate.js';
import type { OpenBlock } from './open-block.js';

export interface Found {
  readonly block: OpenBlock;
  readonly hash: string;
}

/**
 * The account's transactions in the range, newest first. Ends with its first transaction, or below the range.
 * Each transaction names the one before it, so none can be left out between two or after the last.
 * @throws RpcError BLOCK_UNAVAILABLE or RPC_BAD_RESPONSE when no endpoint gives a page that hangs together
 */
export async function* readHistory(
  deps: HistoryDeps,
  account: string,
  range: { readonly fromBlock: number; readonly toBlock: number },
  signal: AbortSignal,
): AsyncGenerator<Found, void, undefined> {
  const { pool } = deps;
  const prefer = pool.preferring('toncenter-v3', 'v4', 'toncenter-v2');
  const pageOf = async (
    endpoint: TonEndpoint,
    start: RawTransaction | null,
  ): Promise<readonly RawTransaction[]> => {
    // A node that is behind would silently leave out the newest.
    const { seqno } = start === null ? await endpoint.tip({ signal }) : { seqno: range.toBlock };
    if (seqno < range.toBlock)
      throw new RpcError(
        'RPC_ERROR',
        'behind',
        endpoint.name,
        `its newest block is ${seqno}, block ${range.toBlock} is asked for`,
        {
          retryable: true,
        },
      );
    const items = await endpoint.transactions(account, start, { signal });
    assertHistory(endpoint.name, account, start, items);
    return items;
  };
  const page = async (start: RawTransaction | null): Promise<readonly RawTransaction[]> => {
    const ask = (only?: readonly string[]) =>
      pool.ask('transactions', (endpoint) => pageOf(endpoint, start), {
        signal,
        prefer,
        ...(only ? { only } : {}),
      });
    const { value, endpoint } = await ask();
    const others = pool.names.filter((name) => name !== endpoint);
    // Nothing confirms that a history is empty: another endpoint may know more.
    return value.length === 0 && others.length > 0 ? (await ask(others)).value : value;
  };
  for (let start: RawTransaction | null = null; ; ) {
    const items: readonly RawTransaction[] = await page(start);
    // A page begins with the transaction that it was asked from.
    const fresh: readonly RawTransaction[] = start === null ? items : items.slice(1);
    for (const item of fresh) {
      const block = await locate(deps, item, signal);
      if (block.seqno < range.fromBlock) return;
      if (block.seqno <= range.toBlock) yield { block, hash: item.hash };
    }
    const last = fresh.at(-1);
    if (!last) return;
    start = last;
  }
}

/** @throws RpcError when the page is not the account's history from `start` on */
function assertHistory(
  endpoint: string,
  account: string,
  start: RawTransaction | null,
  items: readonly RawTransaction[],
): void {
  const first = items[0];
  if (start !== null && first?.hash !== start.hash)
    throw badResponse(
      endpoint,
      `a page of ${account}'s transactions that does not begin with ${start.hash}, from which it was asked`,
    );
  for (const [at, item] of items.entries()) {
    if (item.account !== account)
      throw badResponse(endpoint, `a transaction of ${item.account} among those of ${account}`);
    const next = items[at + 1];
    // The oldest of a page that goes on is looked at with the next page.
    if (next === undefined && !(start !== null && items.length === 1)) return;
    const { previousLt, previousHash } = readLink(endpoint, item);
    // 0: the account's first, or an index that does not name it.
    if (previousLt === 0n && (next === undefined || next.lt < item.lt)) continue;
    if (next === undefined)
      throw new RpcError(
        'BLOCK_UNAVAILABLE',
        'incomplete',
        endpoint,
        `the history of ${account} ends with ${item.hash}, which follows upon ${previousHash}: is it archival?`,
        { retryable: true },
      );
    if (next.lt !== previousLt || next.hash !== previousHash)
      throw badResponse(
        endpoint,
        `${item.hash} of ${account} follows upon ${previousHash}, but ${next.hash} is shown before it`,
      );
  }
}

function readLink(
  endpoint: string,
  item: RawTransaction,
): Pick<TonTransaction, 'previousHash' | 'previousLt'> {
  try {
    return item.read({ block: 0, transactionIndex: 0 });
  } catch (cause) {
    throw badResponse(endpoint, `transaction ${item.hash} cannot be read: ${messageOf(cause)}`, cause);
  }
}
