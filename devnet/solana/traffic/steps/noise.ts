/**
 * Steps that must leave no event, or only what truly moved: lamports and memos, tokens and NFTs that nobody
 * follows, and forgeries by the hostile program.
 */
import { createMintToInstruction, createTransferInstruction, TOKEN_PROGRAM_ID } from '@solana/spl-token';
import { PublicKey, SystemProgram, TransactionInstruction } from '@solana/web3.js';
import {
  devnetKey,
  eventAuthority,
  feeWallet,
  foreignAuthorityKey,
  MINTS,
  PROGRAMS,
  platformKey,
  staker,
  tokenAccount,
} from '../../programs/addresses.js';
import { encodeEvent, eventCall, platformInstruction } from '../../programs/anchor.js';
import type { Operation } from '../../programs/script.js';
import type { StepRules } from '../model.js';
import { move, token } from './common.js';
import { mintNft } from './nfts.js';
import { openAccount } from './setup.js';

const MEMO_PROGRAM = new PublicKey('MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr');
const address = PROGRAMS.hostile;
const NDT = MINTS.ndt.toBase58();

type Noise =
  | 'payLamports'
  | 'swindle'
  | 'memo'
  | 'foreignToken'
  | 'foreignNft'
  | 'forgeTransfer'
  | 'forgeSale'
  | 'forgeClaim';

export const noiseSteps: StepRules<Noise> = {
  payLamports: {
    build({ from, to, lamports }, { user }) {
      const { key } = user(from);
      return {
        payer: key,
        instructions: [
          SystemProgram.transfer({ fromPubkey: key.publicKey, toPubkey: user(to).key.publicKey, lamports }),
        ],
      };
    },
    expect: () => [],
  },
  memo: {
    build({ from, text }, { user }) {
      const { key } = user(from);
      const keys = [{ pubkey: key.publicKey, isSigner: true, isWritable: false }];
      return {
        payer: key,
        instructions: [
          new TransactionInstruction({ programId: MEMO_PROGRAM, keys, data: Buffer.from(text) }),
        ],
      };
    },
    expect: () => [],
  },
  foreignToken: {
    build({ from, to, amount }, { user }) {
      const { key } = user(from);
      const receiver = user(to).key.publicKey;
      const [source, target] = [
        tokenAccount(MINTS.foreign, key.publicKey),
        tokenAccount(MINTS.foreign, receiver),
      ];
      return {
        payer: key,
        keys: [platformKey],
        instructions: [
          openAccount(key.publicKey, MINTS.foreign, key.publicKey),
          openAccount(key.publicKey, MINTS.foreign, receiver),
          createMintToInstruction(MINTS.foreign, source, platformKey.publicKey, amount),
          createTransferInstruction(source, target, key.publicKey, amount),
        ],
      };
    },
    expect: () => [],
  },
  foreignNft: {
    build({ number, to }, { user, seed }) {
      const mint = devnetKey(`foreign-nft/${seed}/${number}`);
      const instructions = mintNft(foreignAuthorityKey.publicKey, mint.publicKey, user(to).key.publicKey);
      return { payer: foreignAuthorityKey, keys: [mint], instructions };
    },
    expect: () => [],
  },
  /** A TransferEvent of ndt's shape, logged by the hostile program: nothing moves. */
  forgeTransfer: {
    build({ by, from, to, amount }, { user, time }) {
      const { key, ndt } = user(by);
      const event = {
        from: user(from).ndt,
        to: user(to).ndt,
        amount,
        burn_amount: amount / 100n,
        timestamp: time,
      };
      const accounts = {
        authority: key.publicKey,
        mint: MINTS.ndt,
        from: ndt,
        to: user(to).ndt,
        token_program: TOKEN_PROGRAM_ID,
      };
      const bytes = encodeEvent('ndt', 'TransferEvent', event);
      const call = {
        program: 'ndt',
        name: 'transfer',
        accounts,
        args: { amount },
        script: [{ do: 'log', bytes }],
        address,
      } as const;
      return { payer: key, instructions: [platformInstruction(call)] };
    },
    expect: () => [],
  },
  /**
   * The hostile program moves NDT of its own user for true, and logs a TransferEvent that claims more: only a
   * plain transfer happened.
   */
  swindle: {
    build({ by, to, amount, claimed }, { user, time }) {
      const { key, ndt } = user(by);
      const receiver = user(to).ndt;
      const event = {
        from: ndt,
        to: receiver,
        amount: claimed,
        burn_amount: claimed / 100n,
        timestamp: time,
      };
      const accounts = {
        authority: key.publicKey,
        mint: MINTS.ndt,
        from: ndt,
        to: receiver,
        token_program: TOKEN_PROGRAM_ID,
      };
      const script: Operation[] = [
        { do: 'call', instruction: createTransferInstruction(ndt, receiver, key.publicKey, amount) },
        { do: 'log', bytes: encodeEvent('ndt', 'TransferEvent', event) },
      ];
      const call = {
        program: 'ndt',
        name: 'transfer',
        accounts,
        args: { amount: claimed },
        script,
        address,
      } as const;
      return { payer: key, instructions: [platformInstruction(call)] };
    },
    expect({ by, to, amount }, { user }) {
      const [from, receiver] = [user(by).wallet, user(to).wallet];
      const movements = [move(NDT, from, -amount), move(NDT, receiver, amount)];
      return [{ kind: 'transfer', asset: token(NDT), from, to: receiver, amount, movements }];
    },
  },
  /** A TrackPurchasedEvent that would give the forger the track. */
  forgeSale: {
    build({ by, track, seller, price }, { user, time }) {
      const { key, ndt } = user(by);
      const id = new PublicKey(track);
      const parties = { track: id, buyer: ndt, artist: user(seller).ndt };
      const event = {
        ...parties,
        price,
        royalty_amount: price / 10n,
        platform_fee: price / 20n,
        timestamp: time,
      };
      const call = {
        program: 'tracknft',
        name: 'buy_track',
        accounts: {
          ...parties,
          authority: key.publicKey,
          creator_royalties: user(seller).ndt,
          platform_fees: tokenAccount(MINTS.ndt, feeWallet),
          token_program: TOKEN_PROGRAM_ID,
        },
        args: { track_id: id },
        script: [{ do: 'log', bytes: encodeEvent('tracknft', 'TrackPurchasedEvent', event) }],
        address,
      } as const;
      return { payer: key, instructions: [platformInstruction(call)] };
    },
    expect: () => [],
  },
  /** A ClaimRewardsEvent by `emit_cpi!` of the hostile program to itself. */
  forgeClaim: {
    build({ by, user: number, rewards }, { user, time }) {
      const { key } = user(by);
      const victim = user(number);
      const bytes = encodeEvent('staking', 'ClaimRewardsEvent', {
        staker: staker(victim.key.publicKey).address,
        rewards,
        timestamp: time,
      });
      const accounts = {
        authority: key.publicKey,
        staker: staker(victim.key.publicKey).address,
        mint: MINTS.ndt,
        rewards_authority: eventAuthority,
        rewards: victim.ndt,
        authority_token: victim.ndt,
        token_program: TOKEN_PROGRAM_ID,
        event_authority: eventAuthority,
        program: address,
      };
      const script = [eventCall(address, eventAuthority, bytes), { do: 'log', bytes } as const];
      return {
        payer: key,
        instructions: [
          platformInstruction({ program: 'staking', name: 'claim_rewards', accounts, script, address }),
        ],
      };
    },
    expect: () => [],
  },
};
