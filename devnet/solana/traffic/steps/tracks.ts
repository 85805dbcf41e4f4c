/**
 * Steps of the tracknft program: a track is an account of the program that says who owns it, what it costs
 * and whether it is listed.
 */
import { createTransferInstruction, TOKEN_PROGRAM_ID } from '@solana/spl-token';
import { PublicKey, SystemProgram } from '@solana/web3.js';
import {
  feeWallet,
  MINTS,
  PROGRAMS,
  type SeedAddress,
  seedAddress,
  tokenAccount,
} from '../../programs/addresses.js';
import { encodeAccount, encodeEvent, fieldOffset, platformInstruction } from '../../programs/anchor.js';
import { type Operation, type ProgramError, u64 } from '../../programs/script.js';
import type { StepRules, User } from '../model.js';
import { failure, move, nft, signAs } from './common.js';

const NDT = MINTS.ndt.toBase58();
/** Rent-exempt minimum of 107 bytes, with room. */
const TRACK_LAMPORTS = 3_000_000;
const feeAccount = tokenAccount(MINTS.ndt, feeWallet);
const at = (field: string): number => fieldOffset('tracknft', 'Track', field);

const trackAddress = (artist: User, number: number): SeedAddress =>
  seedAddress(PROGRAMS.tracknft, 'track', artist.ndt, u64(BigInt(number)));

const must = (track: string, field: string, bytes: Uint8Array, error: ProgramError): Operation => ({
  do: 'require',
  account: track,
  offset: at(field),
  bytes,
  error,
});
const set = (track: string, field: string, bytes: Uint8Array): Operation => ({
  do: 'write',
  account: track,
  offset: at(field),
  bytes,
});

/** What only the owner may do. */
function ownerCall(
  name: string,
  track: string,
  owner: User,
  script: readonly Operation[],
  args: Readonly<Record<string, bigint | number>> = {},
) {
  return {
    payer: owner.key,
    instructions: [
      platformInstruction({
        program: 'tracknft',
        name,
        accounts: { authority: owner.key.publicKey, track: new PublicKey(track) },
        args,
        script: [must(track, 'owner', owner.key.publicKey.toBytes(), 'notOwner'), ...script],
      }),
    ],
  };
}

export const trackSteps: StepRules<
  'trackCreate' | 'trackToggle' | 'trackReprice' | 'trackRoyalty' | 'trackBuy' | 'trackHear'
> = {
  trackCreate: {
    build({ artist, number, name, price, royaltyPercent }, { user, time, failAfterEvent }) {
      const creator = user(artist);
      const authority = creator.key.publicKey;
      const track = trackAddress(creator, number);
      const state = { owner: authority, creator: authority, price, royalty_percentage: royaltyPercent };
      const data = encodeAccount('tracknft', 'Track', {
        ...state,
        is_listed: false,
        play_count: 0n,
        like_count: 0n,
      });
      const create = SystemProgram.createAccount({
        fromPubkey: authority,
        newAccountPubkey: track.address,
        lamports: TRACK_LAMPORTS,
        space: data.length,
        programId: PROGRAMS.tracknft,
      });
      const fields = {
        track: track.address,
        creator: creator.ndt,
        track_name: name,
        price,
        royalty_percentage: royaltyPercent,
      };
      const instruction = platformInstruction({
        program: 'tracknft',
        name: 'create_track',
        accounts: {
          authority,
          track: track.address,
          artist: creator.ndt,
          system_program: SystemProgram.programId,
        },
        args: { number: BigInt(number), track_name: name, price, royalty_percentage: royaltyPercent },
        script: [
          signAs(track),
          { do: 'call', instruction: create },
          { do: 'write', account: track.address.toBase58(), offset: 0, bytes: data },
          { do: 'log', bytes: encodeEvent('tracknft', 'TrackCreatedEvent', { ...fields, timestamp: time }) },
          ...failure(failAfterEvent),
        ],
      });
      return { payer: creator.key, instructions: [instruction] };
    },
    expect({ artist, number, name, price, royaltyPercent }, { user }) {
      const creator = user(artist).wallet;
      return [
        {
          kind: 'mint',
          asset: nft(trackAddress(user(artist), number).address.toBase58()),
          to: creator,
          amount: 1n,
          price: { amount: price, currency: NDT },
          nft: { name, creator, royaltyPercent },
          movements: [],
        },
      ];
    },
  },
  trackToggle: {
    build({ track, owner, listed }, { user, time, failAfterEvent }) {
      const event = encodeEvent('tracknft', 'ListingToggledEvent', {
        track: new PublicKey(track),
        is_listed: listed,
        timestamp: time,
      });
      return ownerCall('toggle_listing', track, user(owner), [
        set(track, 'is_listed', Uint8Array.of(listed ? 1 : 0)),
        { do: 'log', bytes: event },
        ...failure(failAfterEvent),
      ]);
    },
    expect: ({ track, owner, listed }, { user }) => [
      {
        kind: listed ? 'list' : 'delist',
        asset: nft(track),
        from: user(owner).wallet,
        amount: 1n,
        movements: [],
      },
    ],
  },
  trackReprice: {
    build({ track, owner, price }, { user, time, failAfterEvent }) {
      const event = encodeEvent('tracknft', 'PriceUpdatedEvent', {
        track: new PublicKey(track),
        new_price: price,
        timestamp: time,
      });
      const script: Operation[] = [
        set(track, 'price', u64(price)),
        { do: 'log', bytes: event },
        ...failure(failAfterEvent),
      ];
      return ownerCall('update_price', track, user(owner), script, { new_price: price });
    },
    expect: ({ track, owner, price }, { user }) => [
      {
        kind: 'list',
        asset: nft(track),
        from: user(owner).wallet,
        amount: 1n,
        price: { amount: price, currency: NDT },
        repriceOnly: true,
        movements: [],
      },
    ],
  },
  trackRoyalty: {
    build({ track, owner, royaltyPercent }, { user, time }) {
      const fields = { track: new PublicKey(track), new_royalty: royaltyPercent, timestamp: time };
      const script: Operation[] = [
        set(track, 'royalty_percentage', Uint8Array.of(royaltyPercent)),
        { do: 'log', bytes: encodeEvent('tracknft', 'RoyaltyUpdatedEvent', fields) },
      ];
      return ownerCall('update_royalty', track, user(owner), script, { new_royalty: royaltyPercent });
    },
    expect: () => [],
  },
  /**
   * The buyer pays the price in NDT: the seller's share, the creator's royalty, the platform's fee. A sale
   * ends the listing.
   */
  trackBuy: {
    build({ track, buyer, seller, creator, price, royalty, fee }, { user, time, failAfterEvent }) {
      const [payer, paid, creators] = [user(buyer), user(seller), user(creator)];
      const authority = payer.key.publicKey;
      const pay = (to: PublicKey, amount: bigint): Operation => ({
        do: 'call',
        instruction: createTransferInstruction(payer.ndt, to, authority, amount),
      });
      const address = new PublicKey(track);
      const parties = { track: address, buyer: payer.ndt, artist: paid.ndt };
      const event = { ...parties, price, royalty_amount: royalty, platform_fee: fee, timestamp: time };
      const instruction = platformInstruction({
        program: 'tracknft',
        name: 'buy_track',
        accounts: {
          ...parties,
          authority,
          creator_royalties: creators.ndt,
          platform_fees: feeAccount,
          token_program: TOKEN_PROGRAM_ID,
        },
        args: { track_id: address },
        script: [
          must(track, 'is_listed', Uint8Array.of(1), 'notListed'),
          must(track, 'price', u64(price), 'wrongPrice'),
          must(track, 'owner', paid.key.publicKey.toBytes(), 'notOwner'),
          pay(paid.ndt, price - royalty - fee),
          pay(creators.ndt, royalty),
          pay(feeAccount, fee),
          set(track, 'owner', authority.toBytes()),
          set(track, 'is_listed', Uint8Array.of(0)),
          { do: 'log', bytes: encodeEvent('tracknft', 'TrackPurchasedEvent', event) },
          ...failure(failAfterEvent),
        ],
      });
      return { payer: payer.key, instructions: [instruction] };
    },
    expect({ track, buyer, seller, creator, price, royalty, fee }, { user }) {
      const [from, to] = [user(seller).wallet, user(buyer).wallet];
      return [
        {
          kind: 'sale',
          asset: nft(track),
          from,
          to,
          amount: 1n,
          price: { amount: price, currency: NDT },
          fees: { marketplace: fee, royalty },
          movements: [
            move(NDT, to, -price),
            move(NDT, from, price - royalty - fee),
            move(NDT, user(creator).wallet, royalty),
            move(NDT, feeWallet.toBase58(), fee),
          ],
        },
      ];
    },
  },
  trackHear: {
    build({ track, user: number, like }, { user, time }) {
      const listener = user(number).key;
      const address = new PublicKey(track);
      const event = { track: address, listener: listener.publicKey, timestamp: time };
      const instruction = platformInstruction({
        program: 'tracknft',
        name: like ? 'like_track' : 'play_track',
        accounts: { listener: listener.publicKey, track: address },
        script: [
          { do: 'add', account: track, offset: at(like ? 'like_count' : 'play_count'), value: 1n },
          { do: 'log', bytes: encodeEvent('tracknft', like ? 'TrackLikedEvent' : 'TrackPlayedEvent', event) },
        ],
      });
      return { payer: listener, instructions: [instruction] };
    },
    expect: () => [],
  },
};
