/**
 * What can be done in a given world: each method invents one possible step (amounts, people, things) or says
 * that there is none.
 */

import type { Random } from '../../shared/random.js';
import { MINTS, PROGRAMS } from '../programs/addresses.js';
import type { Emit, Failure, Step, StepOf, User } from './model.js';
import { transferFee } from './steps/ndx22.js';
import type { NftState, World } from './world.js';

const NDT = MINTS.ndt.toBase58();
const NDX22 = MINTS.ndx22.toBase58();
const NDT_POOL = PROGRAMS.ndt.toBase58();
const STAKING_POOL = PROGRAMS.staking.toBase58();
const WHOLE = 1_000_000_000n;
const DAY_SECONDS = 86_400;
const MONTHS = [1, 3, 6, 12] as const;
/** Staked NDT from which a staker is silver and gold. */
const LEVELS = [500n * WHOLE, 5_000n * WHOLE] as const;
const TITLES = [
  'Northern Lights',
  'Salt',
  'Night Bus',
  'Ultraviolet',
  'Undertow',
  'Paper Moon',
  'Kiosk',
  'Слякоть',
  'Afterimage',
] as const;

export interface Scene {
  readonly steps: readonly Step[];
  readonly fails?: Failure;
}

export type Play = ReturnType<typeof createPlay>;

export function createPlay({
  id,
  users,
  world,
  random,
}: {
  id: number;
  users: readonly User[];
  world: World;
  random: Random;
}) {
  const numbers = new Map(users.map((user) => [user.wallet, user.number]));
  const cast = users.filter((user) => world.state.joined.has(user.number));
  const someone = (): User => {
    const user = random.pick(cast);
    if (!user) throw new Error('traffic: nobody has joined');
    return user;
  };
  const other = (than: number): User => random.pick(cast.filter((user) => user.number !== than)) ?? someone();
  const rich = (mint: string, least: bigint): User | undefined =>
    random.pick(cast.filter((user) => world.balance(mint, user.wallet) >= least));
  /** 1% to 40% of an amount, and never 0. */
  const share = (amount: bigint): bigint => (amount * BigInt(1 + random.below(40))) / 100n + 1n;
  const emit = (): Emit => (random.once(3) ? 'cpi' : 'log');
  const ownerNumber = (nft: NftState): number => numbers.get(nft.owner) ?? -1;
  const nfts = (holds: (nft: NftState) => boolean): NftState[] =>
    [...world.state.nfts.values()].filter((nft) => !nft.burned && holds(nft));
  const track = (listed: boolean): NftState | undefined =>
    random.pick(nfts((nft) => nft.name !== null && nft.listed === listed));
  const anyTrack = (): NftState | undefined => random.pick(nfts((nft) => nft.name !== null));
  const splNft = (): NftState | undefined => random.pick(nfts((nft) => nft.name === null));
  const staker = (pool: string): User | undefined =>
    random.pick(cast.filter((user) => world.staked(user.wallet, pool) > 0n));
  const level = (staked: bigint): number => LEVELS.filter((threshold) => staked >= threshold).length;
  const price = (): bigint => WHOLE * BigInt(5 + random.below(200)) + BigInt(random.below(1000)) * 1_000_000n;

  const ndtMint = (): StepOf<'ndtMint'> => {
    const amount = WHOLE * BigInt(500 + random.below(4500)) + BigInt(random.below(1_000_000_000));
    return { do: 'ndtMint', to: someone().number, amount, by: random.once(2) ? 'program' : 'token' };
  };
  const ndtTransfer = (): StepOf<'ndtTransfer'> | null => {
    const from = rich(NDT, WHOLE);
    if (!from) return null;
    const gross = share(world.balance(NDT, from.wallet)) + 99n;
    const burn = gross / 100n;
    return {
      do: 'ndtTransfer',
      from: from.number,
      to: other(from.number).number,
      amount: gross - burn,
      burn,
    };
  };
  const ndtStake = (): StepOf<'ndtStake'> | null => {
    const user = rich(NDT, WHOLE);
    if (!user) return null;
    const lockSeconds = DAY_SECONDS * 30 * (random.pick(MONTHS) ?? 1);
    return {
      do: 'ndtStake',
      user: user.number,
      amount: share(world.balance(NDT, user.wallet)),
      lockSeconds,
      apr: 5 + random.below(16),
    };
  };
  const trackBuy = (): StepOf<'trackBuy'> | null => {
    const affordable = (nft: NftState): User[] =>
      cast.filter(
        (user) => user.wallet !== nft.owner && world.balance(NDT, user.wallet) >= (nft.price ?? 0n),
      );
    const nft = random.pick(
      nfts((candidate) => candidate.listed && candidate.price !== null && affordable(candidate).length > 0),
    );
    const buyer = nft && random.pick(affordable(nft));
    if (!nft?.price || !buyer) return null;
    const royalty = (nft.price * BigInt(nft.royaltyPercent)) / 100n;
    const parties = {
      buyer: buyer.number,
      seller: ownerNumber(nft),
      creator: numbers.get(nft.creator) ?? -1,
    };
    return {
      do: 'trackBuy',
      track: nft.address,
      ...parties,
      price: nft.price,
      royalty,
      fee: nft.price / 20n,
    };
  };
  const ndtUnstake = (): StepOf<'ndtUnstake'> | null => {
    const user = staker(NDT_POOL);
    return user
      ? { do: 'ndtUnstake', user: user.number, amount: partOf(world.staked(user.wallet, NDT_POOL)) }
      : null;
  };
  /** Often all of it, else a part. */
  const partOf = (staked: bigint): bigint =>
    random.once(3) ? staked : (staked * BigInt(10 + random.below(80))) / 100n + 1n;
  const tokenTransfer = (): StepOf<'tokenTransfer'> | null => {
    const from = rich(NDT, 1n);
    if (!from) return null;
    const amount = share(world.balance(NDT, from.wallet));
    return {
      do: 'tokenTransfer',
      from: from.number,
      to: other(from.number).number,
      amount,
      checked: random.once(2),
    };
  };

  const play = {
    ndtMint,
    ndtTransfer,
    tokenTransfer,
    ndtStake,
    ndtUnstake,
    trackBuy,
    join(): StepOf<'join'> | null {
      const absent = users.find((user) => !world.state.joined.has(user.number));
      return absent ? { do: 'join', user: absent.number } : null;
    },
    ndtBurn(): StepOf<'ndtBurn'> | null {
      const from = rich(NDT, WHOLE);
      return from
        ? {
            do: 'ndtBurn',
            from: from.number,
            amount: share(world.balance(NDT, from.wallet)) / 10n + 1n,
            checked: random.once(2),
          }
        : null;
    },
    ndtClaim(): StepOf<'ndtClaim'> | null {
      const user = staker(NDT_POOL);
      return user ? { do: 'ndtClaim', user: user.number, rewards: random.amount(1_000_003n, WHOLE) } : null;
    },
    stakingStake(): StepOf<'stakingStake'> | null {
      const user = rich(NDT, WHOLE);
      if (!user) return null;
      const amount = share(world.balance(NDT, user.wallet));
      const before = world.staked(user.wallet, STAKING_POOL);
      const levels = [level(before), level(before + amount)] as const;
      const terms = { months: random.pick(MONTHS) ?? 1, apy: 5 + random.below(26), emit: emit() };
      return {
        do: 'stakingStake',
        user: user.number,
        amount,
        ...terms,
        ...(levels[0] === levels[1] ? {} : { level: levels }),
      };
    },
    stakingUnstake(): StepOf<'stakingUnstake'> | null {
      const user = staker(STAKING_POOL);
      if (!user) return null;
      return {
        do: 'stakingUnstake',
        user: user.number,
        amount: partOf(world.staked(user.wallet, STAKING_POOL)),
        emit: emit(),
      };
    },
    stakingClaim(): StepOf<'stakingClaim'> | null {
      const user = staker(STAKING_POOL);
      return user
        ? { do: 'stakingClaim', user: user.number, rewards: random.amount(1_000_003n, WHOLE), emit: emit() }
        : null;
    },
    trackCreate(): StepOf<'trackCreate'> {
      const name = `${random.pick(TITLES)} ${id}`;
      return {
        do: 'trackCreate',
        artist: someone().number,
        number: id,
        name,
        price: price(),
        royaltyPercent: random.below(21),
      };
    },
    list(): StepOf<'trackToggle'> | null {
      const nft = track(false);
      return nft ? { do: 'trackToggle', track: nft.address, owner: ownerNumber(nft), listed: true } : null;
    },
    delist(): StepOf<'trackToggle'> | null {
      const nft = track(true);
      return nft ? { do: 'trackToggle', track: nft.address, owner: ownerNumber(nft), listed: false } : null;
    },
    trackReprice(): StepOf<'trackReprice'> | null {
      const nft = anyTrack();
      return nft ? { do: 'trackReprice', track: nft.address, owner: ownerNumber(nft), price: price() } : null;
    },
    trackRoyalty(): StepOf<'trackRoyalty'> | null {
      const nft = anyTrack();
      return nft
        ? {
            do: 'trackRoyalty',
            track: nft.address,
            owner: ownerNumber(nft),
            royaltyPercent: random.below(21),
          }
        : null;
    },
    trackHear(): StepOf<'trackHear'> | null {
      const nft = anyTrack();
      return nft
        ? { do: 'trackHear', track: nft.address, user: someone().number, like: random.once(2) }
        : null;
    },
    nftMint: (): StepOf<'nftMint'> => ({ do: 'nftMint', number: id, to: someone().number }),
    nftTransfer(): StepOf<'nftTransfer'> | null {
      const nft = splNft();
      if (!nft) return null;
      const from = ownerNumber(nft);
      return { do: 'nftTransfer', nft: nft.address, from, to: other(from).number, checked: random.once(2) };
    },
    nftBurn(): StepOf<'nftBurn'> | null {
      const nft = splNft();
      return nft ? { do: 'nftBurn', nft: nft.address, from: ownerNumber(nft) } : null;
    },
    ndx22Mint: (): StepOf<'ndx22Mint'> => ({
      do: 'ndx22Mint',
      to: someone().number,
      amount: random.amount(1_000_037n, 900_000_000n),
    }),
    ndx22Transfer(): StepOf<'ndx22Transfer'> | null {
      const from = rich(NDX22, 100n);
      if (!from) return null;
      const amount = share(world.balance(NDX22, from.wallet));
      return {
        do: 'ndx22Transfer',
        from: from.number,
        to: other(from.number).number,
        amount,
        fee: transferFee(amount),
      };
    },
    payLamports(): StepOf<'payLamports'> {
      const from = someone().number;
      return {
        do: 'payLamports',
        from,
        to: other(from).number,
        lamports: random.amount(1_000_001n, 1_000_000_000n),
      };
    },
    memo: (): StepOf<'memo'> => ({ do: 'memo', from: someone().number, text: `note ${id}` }),
    foreignToken(): StepOf<'foreignToken'> {
      const from = someone().number;
      return { do: 'foreignToken', from, to: other(from).number, amount: random.amount(1_009n, 1_000_000n) };
    },
    foreignNft: (): StepOf<'foreignNft'> => ({ do: 'foreignNft', number: id, to: someone().number }),
    forgeTransfer(): StepOf<'forgeTransfer'> {
      const by = someone().number;
      return {
        do: 'forgeTransfer',
        by,
        from: other(by).number,
        to: by,
        amount: random.amount(WHOLE, 1000n * WHOLE),
      };
    },
    swindle(): StepOf<'swindle'> | null {
      const by = rich(NDT, WHOLE);
      const amount = random.amount(1_009n, WHOLE);
      return by
        ? { do: 'swindle', by: by.number, to: other(by.number).number, amount, claimed: amount * 1000n }
        : null;
    },
    forgeSale(): StepOf<'forgeSale'> | null {
      const nft = anyTrack();
      return nft
        ? {
            do: 'forgeSale',
            by: other(ownerNumber(nft)).number,
            track: nft.address,
            seller: ownerNumber(nft),
            price: WHOLE,
          }
        : null;
    },
    forgeClaim(): StepOf<'forgeClaim'> {
      const by = someone().number;
      return { do: 'forgeClaim', by, user: other(by).number, rewards: random.amount(WHOLE, 1000n * WHOLE) };
    },
    /** Gives the whole cast something to play with, in one transaction. */
    mintToAll(): Scene {
      return { steps: cast.map((user) => ({ ...ndtMint(), to: user.number, by: 'token' })) };
    },
    /** Two transfers and a stake by one user. */
    several(): Scene | null {
      const from = rich(NDT, 100n * WHOLE);
      if (!from) return null;
      const tenth = world.balance(NDT, from.wallet) / 10n;
      const pay = (): StepOf<'ndtTransfer'> => {
        const burn = tenth / 100n;
        return {
          do: 'ndtTransfer',
          from: from.number,
          to: other(from.number).number,
          amount: tenth - burn,
          burn,
        };
      };
      const stake: Step = {
        do: 'ndtStake',
        user: from.number,
        amount: tenth,
        lockSeconds: 30 * DAY_SECONDS,
        apr: 5,
      };
      return { steps: [pay(), pay(), stake] };
    },
    failAfterEvent(): Scene | null {
      const step = [ndtTransfer, ndtStake, ndtUnstake, trackBuy][random.below(4)]?.() ?? ndtTransfer();
      return step ? { steps: [step], fails: 'after-event' } : null;
    },
    failLater(): Scene | null {
      const step = ndtTransfer();
      return step ? { steps: [step], fails: 'later-instruction' } : null;
    },
    insufficient(): Scene | null {
      const from = someone();
      const amount = world.balance(NDT, from.wallet) + WHOLE;
      const step: Step = random.once(2)
        ? { do: 'tokenTransfer', from: from.number, to: other(from.number).number, amount, checked: false }
        : { do: 'ndtUnstake', user: from.number, amount: world.staked(from.wallet, NDT_POOL) + WHOLE };
      return { steps: [step], fails: 'insufficient' };
    },
  };
  return play;
}
