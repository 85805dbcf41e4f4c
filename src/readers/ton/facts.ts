/**
 * Facts for the TON decoders, asked of the chain when they are needed. What a contract says of itself is
 * checked with the contract that it refers to: a jetton wallet with its master, an item with its collection.
 */
import {
  jettonWalletData,
  jettonWalletOf,
  nftAddress,
  nftData,
  nftUri,
  saleData,
} from '../../chains/ton/contracts.js';
import type { TonSource } from '../../chains/ton/source.js';
import type { TonTransaction } from '../../chains/ton/transaction.js';
import {
  type ContractFacts,
  type FactNeed,
  factsBy,
  type ItemFacts,
  type JettonWalletFacts,
  type Moment,
  type SaleFacts,
} from '../../decoders/ton/contract-facts.js';
import { hasOwnForm } from '../../decoders/ton/sales/marketplaces.js';
import { readSaleStack } from '../../decoders/ton/sales/stack.js';
import { readSaleState } from '../../decoders/ton/sales/state.js';
import { isWalletCode } from '../../decoders/ton/wallet/codes.js';
import { NewestMap } from '../../runtime/newest-map.js';

export interface TonFacts {
  /** What is known for decoding this transaction. It does not depend on what was decoded before it. */
  knownFor(transaction: TonTransaction): ContractFacts;
  /** Asks the chain for facts that decoding the transaction lacks. @throws NdxError when that fails */
  resolve(needs: readonly FactNeed[], transaction: TonTransaction, signal: AbortSignal): Promise<void>;
  /** Whether the contract is a sale at the block, by the facts that were asked for so far. */
  isSale(address: string, at: Moment): boolean;
}

/**
 * Why a contract is not believed: it does not answer as one, or the one that it refers to does not confirm
 * it.
 */
export type Refusal =
  | 'no-jetton-wallet'
  | 'not-of-master'
  | 'no-jetton-master'
  | 'no-item'
  | 'not-of-collection';

export interface TonFactsOptions {
  readonly log: { debug(details: object, message: string): void };
  /** Called for every contract that is not believed. */
  readonly onRefusal?: ((reason: Refusal) => void) | undefined;
}

/** How many facts of each kind are kept in memory: those that hold for good… */
const KEPT = 20_000;
/** …and those of one block, which are seldom asked for after it. */
const KEPT_OF_BLOCKS = 10_000;

/** Keeps the newest facts in memory: 20,000 of each kind that hold for good, 10,000 of single blocks. */
export function createTonFacts(
  source: Pick<TonSource, 'run' | 'account' | 'codeHash'>,
  { log, onRefusal }: TonFactsOptions,
): TonFacts {
  const refuse = (reason: Refusal, address: string, { block }: Moment, named: object = {}): void => {
    onRefusal?.(reason);
    log.debug(
      { address, block, reason, ...named },
      `TON: ${address} is not believed at block ${block}: ${reason}`,
    );
  };

  // What never changes once it is true: by address.
  const wallets = new NewestMap<string, JettonWalletFacts>(KEPT);
  const walletsOf = new NewestMap<string, string>(KEPT);
  const items = new NewestMap<string, { readonly collection: string | null; readonly index: bigint }>(KEPT);
  const plainWallets = new NewestMap<string, true>(KEPT);
  // What may be otherwise at another block: by address and block.
  const notWallets = new NewestMap<string, null>(KEPT_OF_BLOCKS);
  const notMasters = new NewestMap<string, null>(KEPT_OF_BLOCKS);
  const notItems = new NewestMap<string, null>(KEPT_OF_BLOCKS);
  const births = new NewestMap<string, Pick<ItemFacts, 'owner' | 'uri'>>(KEPT_OF_BLOCKS);
  const sales = new NewestMap<string, SaleFacts | null>(KEPT_OF_BLOCKS);
  const codes = new NewestMap<string, string | null>(KEPT_OF_BLOCKS);
  const moment = (address: string, { block }: Pick<Moment, 'block'>) => `${address}@${block}`;

  const item = ({ address, at }: FactNeed<'item'>) => {
    const facts = items.get(address);
    return facts ? { ...facts, ...births.get(moment(address, at)) } : notItems.get(moment(address, at));
  };

  /**
   * Decoding an item's own deployment also needs what only its first state says, although the item may be
   * known by a later transaction.
   */
  const knownFor = (transaction: TonTransaction): ContractFacts =>
    factsBy({
      'jetton-wallet': ({ address, at }) => wallets.get(address) ?? notWallets.get(moment(address, at)),
      'wallet-of': ({ address, owner, at }) =>
        walletsOf.get(`${address} ${owner}`) ?? notMasters.get(moment(`${address} ${owner}`, at)),
      item: (need) => {
        const { address, at } = need;
        const facts = item(need);
        return facts && isBorn(address, transaction) && !births.get(moment(address, at)) ? undefined : facts;
      },
      sale: ({ address, at }) => sales.get(moment(address, at)),
      'code-hash': ({ address, at }) => codes.get(moment(address, at)),
    });

  async function resolveJettonWallet(address: string, at: Moment, signal: AbortSignal): Promise<void> {
    const data = await firstOf([at.block, at.block - 1], (block) =>
      jettonWalletData(source, address, block, signal),
    );
    const confirmed =
      data && (await jettonWalletOf(source, data.master, data.owner, at.block, signal)) === address;
    if (data && confirmed) wallets.set(address, { owner: data.owner, master: data.master });
    else {
      notWallets.set(moment(address, at), null);
      refuse(
        data ? 'not-of-master' : 'no-jetton-wallet',
        address,
        at,
        data ? { master: data.master, owner: data.owner } : {},
      );
    }
  }

  async function resolveWalletOf(
    master: string,
    owner: string,
    at: Moment,
    signal: AbortSignal,
  ): Promise<void> {
    const wallet = await jettonWalletOf(source, master, owner, at.block, signal);
    if (wallet === null) {
      notMasters.set(moment(`${master} ${owner}`, at), null);
      refuse('no-jetton-master', master, at);
    } else walletsOf.set(`${master} ${owner}`, wallet);
  }

  async function resolveItem(address: string, at: Moment, born: boolean, signal: AbortSignal): Promise<void> {
    const data = await firstOf([at.block, at.block - 1], (block) => nftData(source, address, block, signal));
    const { collection, index } = data ?? { collection: null, index: 0n };
    const confirmed =
      data !== null &&
      (collection === null || (await nftAddress(source, collection, index, at.block, signal)) === address);
    if (!data || !confirmed) {
      notItems.set(moment(address, at), null);
      refuse(data ? 'not-of-collection' : 'no-item', address, at, { collection });
      return;
    }
    // Only an item's birth is described by its state: everything later is told by messages.
    if (born) {
      const uri = await nftUri(source, data, at.block, signal);
      births.set(moment(address, at), { owner: data.owner, ...(uri === null ? {} : { uri }) });
    }
    items.set(address, { collection, index });
  }

  /**
   * The sale as the block leaves it, with an auction's last bid. A sale that destroyed itself in the block is
   * read as it stood one block before.
   */
  async function resolveSale(address: string, at: Moment, signal: AbortSignal): Promise<void> {
    // Most addresses that an item goes to or comes from are plain wallets.
    if (isPlainWallet(address, source.codeHash(address, at.block))) {
      sales.set(moment(address, at), null);
      return;
    }
    const found = await firstOf([at.block, at.block - 1], async (block) => {
      const { codeHash, data } = await source.account(address, block, signal);
      if (codeHash === null || data === null) return null;
      if (isPlainWallet(address, codeHash)) return { facts: null };
      const read = readSaleState(codeHash, data);
      if (read !== null || !hasOwnForm(codeHash)) return { facts: read };
      const answer = await saleData(source, address, block, signal);
      return { facts: answer && readSaleStack(codeHash, answer) };
    });
    // A contract that is there and is no sale was none one block before either.
    sales.set(moment(address, at), found?.facts ?? null);
  }

  /**
   * A standard wallet stays one for good: nothing can replace its code, and its address commits to the code
   * that it is deployed with.
   */
  function isPlainWallet(address: string, codeHash: string | null): boolean {
    if (plainWallets.get(address)) return true;
    if (codeHash === null || !isWalletCode(codeHash)) return false;
    plainWallets.set(address, true);
    return true;
  }

  async function resolveCodeHash(address: string, at: Moment, signal: AbortSignal): Promise<void> {
    const asked = () =>
      firstOf(
        [at.block, at.block - 1],
        async (block) => (await source.account(address, block, signal)).codeHash,
      );
    codes.set(moment(address, at), source.codeHash(address, at.block) ?? (await asked()));
  }

  const resolveOne = (need: FactNeed, transaction: TonTransaction, signal: AbortSignal): Promise<void> => {
    const { address, at } = need;
    switch (need.kind) {
      case 'jetton-wallet':
        return resolveJettonWallet(address, at, signal);
      case 'wallet-of':
        return resolveWalletOf(address, need.owner, at, signal);
      case 'item':
        return resolveItem(address, at, isBorn(address, transaction), signal);
      case 'sale':
        return resolveSale(address, at, signal);
      case 'code-hash':
        return resolveCodeHash(address, at, signal);
    }
  };

  return {
    knownFor,
    resolve: async (needs, transaction, signal) => {
      await Promise.all(needs.map((need) => resolveOne(need, transaction, signal)));
    },
    isSale: (address, at) => Boolean(sales.get(moment(address, at))),
  };
}

function isBorn(address: string, { account, statusBefore }: TonTransaction): boolean {
  return address === account && statusBefore !== 'active';
}

/** The first answer that is not null, asking at the blocks in this order. */
async function firstOf<T>(
  blocks: readonly number[],
  ask: (block: number) => Promise<T | null>,
): Promise<T | null> {
  for (const block of blocks.filter((number) => number > 0)) {
    const answer = await ask(block);
    if (answer !== null) return answer;
  }
  return null;
}
