/**
 * TON's state at a masterchain block as `ndx verify` asks for it: who holds an NFT, what a wallet holds of a
 * jetton and has staked.
 */
import type { Log } from '../../runtime/log.js';
import type { BalanceAnswer, ChainOracle, NftAnswer } from '../oracle.js';
import { jettonWalletData, jettonWalletOf, nftAddress, nftData, stakedBy } from './contracts.js';
import { storeTransaction } from './normalise/stored.js';
import { createTonSource, type TonSourceOptions } from './source.js';

/** Nobody has its key: an item that is sent there is gone. */
const ZERO = `0:${'0'.repeat(64)}`;

const NO_OLD_STATES = 'no endpoint can be asked for the state at a block: set TON_V4_URL or TONCENTER_V2_URL';

export interface TonStateOptions extends Pick<TonSourceOptions, 'endpoints'> {
  /** Staking contracts that can be asked: see docs/network-file.md. */
  readonly stakes: readonly { readonly pool: string; readonly method: string; readonly decimals: number }[];
  readonly log: Log;
}

export function createTonState({ endpoints, stakes, log }: TonStateOptions): ChainOracle {
  const source = createTonSource({ endpoints, log });
  const newest = (signal: AbortSignal) => source.sdk.newest(signal);

  async function balance(owner: string, master: string, signal: AbortSignal): Promise<BalanceAnswer> {
    if (!source.exact) return { kind: 'unknown', reason: NO_OLD_STATES };
    const block = await newest(signal);
    const wallet = await jettonWalletOf(source.sdk, master, owner, block, signal);
    if (wallet === null)
      return { kind: 'unknown', reason: `${master} names no jetton wallets (get_wallet_address)` };
    const data = await jettonWalletData(source.sdk, wallet, block, signal);
    if (data?.owner === owner && data.master === master) return { kind: 'held', amount: data.balance, block };
    const { active, frozen } = await source.sdk.account(wallet, block, signal);
    // A wallet contract that is not there was never sent anything.
    if (!active && !frozen) return { kind: 'held', amount: 0n, block };
    return {
      kind: 'unknown',
      reason: `jetton wallet ${wallet} ${frozen ? 'is frozen' : 'does not answer as one (get_wallet_data)'}`,
    };
  }

  return {
    genesis: source.genesis,
    async nft(address, signal): Promise<NftAnswer> {
      if (!source.exact) return { kind: 'unknown' };
      const block = await newest(signal);
      const data = await nftData(source.sdk, address, block, signal);
      if (data === null) {
        const { active, frozen } = await source.sdk.account(address, block, signal);
        return active || frozen ? { kind: 'unknown' } : { kind: 'burned', block };
      }
      const { collection, index, owner } = data;
      // What an account says of itself counts only when its collection confirms it.
      if (collection !== null && (await nftAddress(source.sdk, collection, index, block, signal)) !== address)
        return { kind: 'unknown' };
      return owner === null || owner === ZERO ? { kind: 'burned', block } : { kind: 'held', owner, block };
    },
    balance,
    async token(address, signal) {
      // The master gives its decimals in its content, which may lie outside the chain.
      const wallet = await jettonWalletOf(source.sdk, address, ZERO, await newest(signal), signal);
      return wallet === null ? null : { decimals: null };
    },
    async stakes(staker, signal) {
      if (!source.exact) return null;
      const block = await newest(signal);
      const answers = await Promise.all(
        stakes.map(async (contract) => ({
          ...contract,
          amount: await stakedBy(source.sdk, contract, staker, block, signal),
        })),
      );
      const known = answers.flatMap(({ pool, amount, decimals }) =>
        amount === null ? [] : [[pool, { amount, decimals }] as const],
      );
      return { block, pools: new Map(known) };
    },
    async rawTransaction(hash, signal, block) {
      const found =
        block === undefined
          ? await source.find(hash, signal)
          : [{ block: await source.open(block, signal), hash }];
      const own = found?.find((item) => item.hash === hash) ?? found?.[0];
      const transaction = await own?.block.transaction(own.hash, signal);
      return transaction ? storeTransaction(transaction) : null;
    },
    close: source.close,
  };
}
