/**
 * What contracts answer to the get-methods of the standards (TEP-62, TEP-64, TEP-74). null: no such method,
 * or no such answer.
 */
import { createBuilder } from './cells/builder.js';
import type { Cell } from './cells/cell.js';
import { sliceOf } from './cells/slice.js';
import type { StackItem } from './cells/stack.js';
import { contentUri } from './content.js';
import type { TonSource } from './source.js';

type Asked = Pick<TonSource, 'run'>;

export interface JettonWalletData {
  readonly owner: string;
  readonly master: string;
  /** Base units. */
  readonly balance: bigint;
}

export interface NftData {
  readonly index: bigint;
  /** null: none. */
  readonly collection: string | null;
  readonly owner: string | null;
  /** The item's own part of its content; the collection knows the rest. */
  readonly content: Cell | null;
}

/** TEP-74, get_wallet_data: balance, owner, master, code. */
export async function jettonWalletData(
  source: Asked,
  wallet: string,
  block: number,
  signal: AbortSignal,
): Promise<JettonWalletData | null> {
  const stack = await answerOf(source, wallet, 'get_wallet_data', [], block, signal);
  const [owner, master] = [addressIn(stack?.[1]), addressIn(stack?.[2])];
  const balance = stack?.[0];
  return owner && master && balance?.type === 'int' ? { owner, master, balance: balance.value } : null;
}

/** Raw address of the owner's wallet by the master's get_wallet_address (TEP-74). */
export async function jettonWalletOf(
  source: Asked,
  master: string,
  owner: string,
  block: number,
  signal: AbortSignal,
): Promise<string | null> {
  const stack = await answerOf(source, master, 'get_wallet_address', [addressItem(owner)], block, signal);
  return addressIn(stack?.[0]) ?? null;
}

/** TEP-62, get_nft_data: init?, index, collection, owner, content. */
export async function nftData(
  source: Asked,
  item: string,
  block: number,
  signal: AbortSignal,
): Promise<NftData | null> {
  const stack = await answerOf(source, item, 'get_nft_data', [], block, signal);
  const index = stack?.[1];
  const [collection, owner] = [addressIn(stack?.[2]), addressIn(stack?.[3])];
  if (index?.type !== 'int' || collection === undefined || owner === undefined) return null;
  return { index: index.value, collection, owner, content: cellIn(stack?.[4]) };
}

/** get_sale_data, whose answers differ from marketplace to marketplace. */
export function saleData(
  source: Asked,
  sale: string,
  block: number,
  signal: AbortSignal,
): Promise<readonly StackItem[] | null> {
  return answerOf(source, sale, 'get_sale_data', [], block, signal);
}

/** Raw address of the item by the collection's get_nft_address_by_index (TEP-62). */
export async function nftAddress(
  source: Asked,
  collection: string,
  index: bigint,
  block: number,
  signal: AbortSignal,
): Promise<string | null> {
  const stack = await answerOf(
    source,
    collection,
    'get_nft_address_by_index',
    [{ type: 'int', value: index }],
    block,
    signal,
  );
  return addressIn(stack?.[0]) ?? null;
}

/**
 * Where the item's metadata stands (TEP-64), by the collection's get_nft_content or by the item's own
 * content: an address, or a `data:` uri of what stands on the chain.
 */
export async function nftUri(
  source: Asked,
  { index, collection, content }: NftData,
  block: number,
  signal: AbortSignal,
): Promise<string | null> {
  if (content === null) return null;
  if (collection === null) return contentUri(content);
  const args: StackItem[] = [
    { type: 'int', value: index },
    { type: 'cell', cell: content },
  ];
  const whole = cellIn((await answerOf(source, collection, 'get_nft_content', args, block, signal))?.[0]);
  return whole && contentUri(whole);
}

/**
 * The answer to a staking contract's get-method that takes a staker's address; the configuration names it.
 * Base units.
 */
export async function stakedBy(
  source: Asked,
  { pool, method }: { readonly pool: string; readonly method: string },
  staker: string,
  block: number,
  signal: AbortSignal,
): Promise<bigint | null> {
  const [staked] = (await answerOf(source, pool, method, [addressItem(staker)], block, signal)) ?? [];
  return staked?.type === 'int' ? staked.value : null;
}

async function answerOf(
  source: Asked,
  address: string,
  method: string,
  args: readonly StackItem[],
  block: number,
  signal: AbortSignal,
): Promise<readonly StackItem[] | null> {
  const { exitCode, stack } = await source.run(address, method, args, block, signal);
  return exitCode === 0 || exitCode === 1 ? stack : null;
}

function addressItem(raw: string): StackItem {
  return { type: 'slice', cell: createBuilder().address(raw).cell() };
}

function cellIn(item: StackItem | undefined): Cell | null {
  return item && (item.type === 'cell' || item.type === 'slice' || item.type === 'builder')
    ? item.cell
    : null;
}

/** undefined: no address at all; null: addr_none. */
function addressIn(item: StackItem | undefined): string | null | undefined {
  const cell = cellIn(item);
  if (item?.type === 'null') return null;
  if (cell === null) return undefined;
  try {
    return sliceOf(cell).loadMaybeAddress();
  } catch {
    // A contract may answer anything: this is no answer of the standard's.
    return undefined;
  }
}
