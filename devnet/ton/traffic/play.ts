/**
 * What can be done in a given world by those who are free: each method invents one possible step (amounts,
 * people, things) or says that there is none.
 */
import type { Random } from '../../shared/random.js';
import {
  FEE_PERCENT,
  FOLLOWED,
  LABELS,
  MARKET,
  OPERATOR,
  ROYALTY_PERCENT,
  STRANGER,
} from '../contracts/addresses.js';
import type { Wallet } from '../contracts/wallets.js';
import type { AuctionOffer, Offer, SaleOffer, Step, StepOf } from './model.js';
import { itemAddress } from './steps/items.js';
import type { NftState, World } from './world.js';

const WHOLE = 1_000_000_000n;
const DAY_SECONDS = 86_400;
/** Far more than anybody has. */
const BEYOND = 1_000_000_000n * WHOLE;
/** How long an auction runs, and until when before its end one may bid (a bid travels for some blocks). */
const AUCTION_SECONDS = 40;
const LAST_BID_SECONDS = 15;
const FINISH_AFTER_SECONDS = 2;
const BATCH = 4;

export interface Locks {
  /** Whether nothing of this wallet is under way. @param label of a wallet, or an item's address */
  isFree(label: string): boolean;
}

export interface PlayInput {
  readonly id: number;
  readonly users: readonly Wallet[];
  readonly world: World;
  readonly random: Random;
  readonly locks: Locks;
  /** Unix seconds. */
  readonly time: number;
}

type Listed<O extends Offer> = NftState & { readonly offer: O };
const onSale = (nft: NftState): nft is Listed<SaleOffer> => nft.listed && nft.offer?.is === 'sale';
const onAuction = (nft: NftState): nft is Listed<AuctionOffer> => nft.listed && nft.offer?.is === 'auction';

export type Play = ReturnType<typeof createPlay>;

export function createPlay({ id, users, world, random, locks, time }: PlayInput) {
  const labels = new Map(users.map((user) => [user.raw, user.label]));
  const free = users.filter(({ label }) => locks.isFree(label));
  const isFree = (wallet: Wallet): boolean => locks.isFree(wallet.label);
  const someone = (): Wallet => {
    const user = random.pick(users);
    if (!user) throw new Error('traffic: there are no users');
    return user;
  };
  const other = (than: string): Wallet => random.pick(users.filter(({ raw }) => raw !== than)) ?? someone();
  const balance = (user: Wallet): bigint => world.balance(FOLLOWED.ndt, user.raw);
  const rich = (least: bigint): Wallet | undefined =>
    random.pick(free.filter((user) => balance(user) >= least));
  const staker = (): Wallet | undefined =>
    random.pick(free.filter((user) => world.staked(user.raw, FOLLOWED.staking) >= 100n));
  /** 1% to 40% of an amount, and never 0. */
  const share = (amount: bigint): bigint => (amount * BigInt(1 + random.below(40))) / 100n + 1n;
  const price = (): bigint => WHOLE * BigInt(3 + random.below(40)) + BigInt(random.below(1000)) * 1_000_000n;
  const label = (raw: string): string => labels.get(raw) ?? '';
  /** Items that nothing is under way with. */
  const items = <N extends NftState>(holds: (nft: NftState) => nft is N): N[] =>
    [...world.state.nfts.values()].filter(holds).filter((nft) => !nft.burned && locks.isFree(nft.address));
  const ownerIsFree = (nft: NftState): boolean => locks.isFree(label(nft.owner));
  const plain = (nft: NftState): nft is NftState => !nft.listed && nft.offer === null;
  const ownItem = (): NftState | undefined => random.pick(items(plain).filter(ownerIsFree));
  const collections = (): number[] =>
    [...world.state.nextIndex.keys()].filter((number) => locks.isFree(LABELS[number]?.label ?? ''));
  const listing = <O extends Offer>(nft: Listed<O>) => ({
    item: nft.address,
    collection: nft.collection,
    offer: nft.offer,
    seller: label(nft.owner),
  });

  const offer = (is: Offer['is']): StepOf<'offer'> | null => {
    const nft = isFree(MARKET) ? random.pick(items(plain)) : undefined;
    if (!nft) return null;
    const [amount, at] = [price(), { item: nft.address, collection: nft.collection }];
    if (is === 'sale') {
      const [fee, royalty] = [
        (amount * BigInt(FEE_PERCENT)) / 100n,
        (amount * BigInt(ROYALTY_PERCENT)) / 100n,
      ];
      return { do: 'offer', ...at, offer: { is, createdAt: time, price: amount, fee, royalty } };
    }
    const bids = { minBid: amount, maxBid: amount * 4n, minStep: amount / 10n };
    return { do: 'offer', ...at, offer: { is, createdAt: time, endsAt: time + AUCTION_SECONDS, ...bids } };
  };
  const list = (is: Offer['is']): StepOf<'list'> | null => {
    const offered = (nft: NftState): nft is Listed<Offer> => !nft.listed && nft.offer?.is === is;
    const nft = random.pick(items(offered).filter(ownerIsFree));
    return nft ? { do: 'list', ...listing(nft) } : null;
  };
  const mintNdt = () => ({
    to: someone().label,
    amount: WHOLE * BigInt(500 + random.below(4500)) + BigInt(random.below(1_000_000_000)),
  });
  const transfer = (from: Wallet, amount: bigint): StepOf<'ndtTransfer'> => ({
    do: 'ndtTransfer',
    from: from.label,
    to: other(from.raw).label,
    amount,
    notify: random.once(2),
  });
  const stakeStep = (user: Wallet, amount: bigint): StepOf<'stake'> => ({
    do: 'stake',
    user: user.label,
    amount,
    lockSeconds: DAY_SECONDS * 30 * (1 + random.below(12)),
  });

  return {
    offer,
    list,
    openCollection(collection: number): StepOf<'openCollection'> | null {
      const opened = world.state.nextIndex.has(collection);
      return opened || !locks.isFree(LABELS[collection]?.label ?? '')
        ? null
        : { do: 'openCollection', collection };
    },
    ndtMint: (): StepOf<'ndtMint'> | null => (isFree(OPERATOR) ? { do: 'ndtMint', ...mintNdt() } : null),
    ndtMintStarved: (): StepOf<'ndtMintStarved'> | null =>
      isFree(OPERATOR) ? { do: 'ndtMintStarved', ...mintNdt() } : null,
    /** Gives a few something to play with, in one external message. */
    mintToMany: (): readonly Step[] | null =>
      isFree(OPERATOR) ? Array.from({ length: 4 }, () => ({ do: 'ndtMint', ...mintNdt() }) as const) : null,
    ndtTransfer(): StepOf<'ndtTransfer'> | null {
      const from = rich(WHOLE);
      return from ? transfer(from, share(balance(from))) : null;
    },
    ndtTransferFailing(why: 'beyond' | 'starved'): StepOf<'ndtTransferFailing'> | null {
      const from = rich(WHOLE);
      if (!from) return null;
      const amount = why === 'beyond' ? BEYOND : WHOLE;
      return { do: 'ndtTransferFailing', from: from.label, to: other(from.raw).label, amount, why };
    },
    ndtBurn(): StepOf<'ndtBurn'> | null {
      const from = rich(WHOLE);
      return from ? { do: 'ndtBurn', from: from.label, amount: share(balance(from)) / 10n + 1n } : null;
    },
    stake(): StepOf<'stake'> | null {
      const user = rich(WHOLE);
      return user ? stakeStep(user, share(balance(user))) : null;
    },
    unstake(): StepOf<'unstake'> | null {
      const user = staker();
      if (!user) return null;
      const staked = world.staked(user.raw, FOLLOWED.staking);
      const amount = random.once(3) ? staked : (staked * BigInt(10 + random.below(80))) / 100n + 1n;
      return { do: 'unstake', user: user.label, amount, fails: false };
    },
    unstakeBeyond(): StepOf<'unstake'> | null {
      const user = random.pick(free);
      return user ? { do: 'unstake', user: user.label, amount: BEYOND, fails: true } : null;
    },
    claim(): StepOf<'claim'> | null {
      const user = staker();
      if (!user) return null;
      const most = world.staked(user.raw, FOLLOWED.staking) / 10n;
      return {
        do: 'claim',
        user: user.label,
        amount: most < WHOLE ? most : random.amount(1_000_003n, WHOLE),
      };
    },
    /** Two transfers and a stake by one user. */
    several(): readonly Step[] | null {
      const from = rich(100n * WHOLE);
      if (!from) return null;
      const tenth = balance(from) / 10n;
      return [transfer(from, tenth), transfer(from, tenth + 1n), stakeStep(from, tenth)];
    },
    itemMint(batch: boolean): StepOf<'itemMint'> | null {
      const collection = random.pick(collections());
      const next = collection === undefined ? undefined : world.state.nextIndex.get(collection);
      if (collection === undefined || next === undefined) return null;
      const count = batch ? 2 + random.below(BATCH - 1) : 1;
      const minted = Array.from({ length: count }, (_, offset) => ({
        index: next + offset,
        to: someone().label,
      }));
      return { do: 'itemMint', collection, batch, items: minted };
    },
    itemTransfer(): StepOf<'itemTransfer'> | null {
      const nft = ownItem();
      return nft
        ? {
            do: 'itemTransfer',
            item: nft.address,
            from: label(nft.owner),
            to: other(nft.owner).label,
            notify: random.once(2),
          }
        : null;
    },
    itemBurn(): StepOf<'itemBurn'> | null {
      const nft = ownItem();
      return nft ? { do: 'itemBurn', item: nft.address, from: label(nft.owner) } : null;
    },
    itemSteal(): StepOf<'itemSteal'> | null {
      const nft = random.pick(items(plain));
      const by = nft && random.pick(free.filter(({ raw }) => raw !== nft.owner));
      return nft && by ? { do: 'itemSteal', item: nft.address, by: by.label, owner: label(nft.owner) } : null;
    },
    delist(is: Offer['is']): StepOf<'delist'> | null {
      const cancellable = (nft: NftState): nft is Listed<Offer> =>
        is === 'sale' ? onSale(nft) : onAuction(nft) && nft.bid === null;
      const nft = random.pick(items(cancellable).filter(ownerIsFree));
      return nft ? { do: 'delist', ...listing(nft) } : null;
    },
    buy(): StepOf<'buy'> | null {
      const nft = random.pick(items(onSale));
      const buyer = nft && random.pick(free.filter(({ raw }) => raw !== nft.owner));
      return nft && buyer ? { do: 'buy', ...listing(nft), buyer: buyer.label } : null;
    },
    /** @param atOnce bids the most, which ends the auction */
    bid(atOnce: boolean): StepOf<'bid'> | null {
      const open = (nft: NftState): nft is Listed<AuctionOffer> =>
        onAuction(nft) && nft.offer.endsAt - time > LAST_BID_SECONDS;
      const nft = random.pick(items(open));
      const bidder = nft && random.pick(free.filter(({ raw }) => raw !== nft.owner));
      if (!nft || !bidder) return null;
      const { minBid, minStep, maxBid } = nft.offer;
      const least = nft.bid ? nft.bid.amount + minStep : minBid;
      const amount = atOnce ? maxBid : least + BigInt(random.below(1000)) * 1_000_000n;
      return amount > maxBid || (!atOnce && amount >= maxBid)
        ? null
        : { do: 'bid', ...listing(nft), bidder: bidder.label, amount };
    },
    finish(): StepOf<'finish'> | null {
      const ended = (nft: NftState): nft is Listed<AuctionOffer> =>
        onAuction(nft) && nft.bid !== null && time > nft.offer.endsAt + FINISH_AFTER_SECONDS;
      const nft = random.pick(items(ended));
      const by = random.pick(free);
      return nft?.bid && by
        ? { do: 'finish', ...listing(nft), by: by.label, winner: nft.bid.bidder, amount: nft.bid.amount }
        : null;
    },
    pay(): StepOf<'pay'> | null {
      const from = random.pick(free);
      const nanotons = random.amount(1_000_001n, WHOLE);
      return from
        ? { do: 'pay', from: from.label, to: other(from.raw).label, nanotons, text: `note ${id}` }
        : null;
    },
    foreignJetton: (): StepOf<'foreignJetton'> | null =>
      isFree(STRANGER)
        ? { do: 'foreignJetton', to: someone().label, amount: random.amount(1_009n, 1_000_000n) }
        : null,
    /** Always the first item: its second deployment fails at the item, which is nobody's concern either. */
    foreignItem: (): StepOf<'foreignItem'> | null =>
      isFree(STRANGER) && !world.state.played.has('foreignItem')
        ? { do: 'foreignItem', to: someone().label, index: 0 }
        : null,
    forgeNotice(by: 'puppet' | 'wallet'): StepOf<'forgeNotice'> | null {
      const sender = by === 'puppet' ? STRANGER : random.pick(free);
      if (!sender || !isFree(sender)) return null;
      return {
        do: 'forgeNotice',
        by,
        sender: sender.label,
        staker: someone().label,
        amount: random.amount(WHOLE, 1000n * WHOLE),
      };
    },
    forgeInternalTransfer(): StepOf<'forgeInternalTransfer'> | null {
      const victim = random.pick(users.filter((user) => balance(user) > 0n));
      return victim && isFree(STRANGER)
        ? { do: 'forgeInternalTransfer', victim: victim.label, amount: 1000n * WHOLE }
        : null;
    },
    forgeWallet(): StepOf<'forgeWallet'> | null {
      const by = random.pick(free);
      const to = by && random.pick(users.filter((user) => user !== by && balance(user) > 0n));
      return by && to
        ? { do: 'forgeWallet', by: by.label, to: to.label, amount: random.amount(WHOLE, 1000n * WHOLE) }
        : null;
    },
    forgeItem(): StepOf<'forgeItem'> | null {
      const by = random.pick(free);
      const nft = random.pick(items(plain));
      if (!by || !nft) return null;
      return {
        do: 'forgeItem',
        by: by.label,
        to: other(by.raw).label,
        collection: nft.collection,
        index: nft.index,
      };
    },
  };
}

/** Which wallets and items an action occupies until it is finished, beside its sender. */
export function itemsOf(steps: readonly Step[]): string[] {
  return steps.flatMap((step) => {
    if (step.do === 'itemMint') return step.items.map(({ index }) => itemAddress(step.collection, index));
    return 'item' in step ? [step.item] : [];
  });
}
