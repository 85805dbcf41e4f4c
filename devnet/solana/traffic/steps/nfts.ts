/** Steps of SPL NFTs (0 decimals, supply 1, mint authority given up): mint, transfer, burn. */
import {
  AuthorityType,
  createBurnInstruction,
  createInitializeMint2Instruction,
  createMintToInstruction,
  createSetAuthorityInstruction,
  createTransferCheckedInstruction,
  createTransferInstruction,
  MINT_SIZE,
  TOKEN_PROGRAM_ID,
} from '@solana/spl-token';
import { type Keypair, PublicKey, type TransactionInstruction } from '@solana/web3.js';
import { devnetKey, nftAuthorityKey, tokenAccount } from '../../programs/addresses.js';
import type { StepRules } from '../model.js';
import { nft } from './common.js';
import { createMintAccount, openAccount } from './setup.js';

const nftKey = (seed: string, number: number): Keypair => devnetKey(`nft/${seed}/${number}`);

/** Instructions that create the mint, mint the one token to the owner and give the mint authority up. */
export function mintNft(
  authority: PublicKey,
  mint: PublicKey,
  owner: PublicKey,
): readonly TransactionInstruction[] {
  return [
    createMintAccount(authority, mint, MINT_SIZE, TOKEN_PROGRAM_ID),
    createInitializeMint2Instruction(mint, 0, authority, null),
    openAccount(authority, mint, owner),
    createMintToInstruction(mint, tokenAccount(mint, owner), authority, 1n),
    createSetAuthorityInstruction(mint, authority, AuthorityType.MintTokens, null),
  ];
}

export const nftSteps: StepRules<'nftMint' | 'nftTransfer' | 'nftBurn'> = {
  nftMint: {
    build({ number, to }, { user, seed }) {
      const mint = nftKey(seed, number);
      const instructions = mintNft(nftAuthorityKey.publicKey, mint.publicKey, user(to).key.publicKey);
      return { payer: nftAuthorityKey, keys: [mint], instructions };
    },
    expect: ({ number, to }, { user, seed }) => [
      {
        kind: 'mint',
        asset: nft(nftKey(seed, number).publicKey.toBase58()),
        to: user(to).wallet,
        amount: 1n,
        nft: { creator: nftAuthorityKey.publicKey.toBase58() },
        movements: [],
      },
    ],
  },
  nftTransfer: {
    build({ nft: address, from, to, checked }, { user }) {
      const mint = new PublicKey(address);
      const [sender, receiver] = [user(from).key, user(to).key.publicKey];
      const accounts = [tokenAccount(mint, sender.publicKey), tokenAccount(mint, receiver)] as const;
      const transfer = checked
        ? createTransferCheckedInstruction(accounts[0], mint, accounts[1], sender.publicKey, 1n, 0)
        : createTransferInstruction(accounts[0], accounts[1], sender.publicKey, 1n);
      return { payer: sender, instructions: [openAccount(sender.publicKey, mint, receiver), transfer] };
    },
    expect: ({ nft: address, from, to }, { user }) => [
      {
        kind: 'transfer',
        asset: nft(address),
        from: user(from).wallet,
        to: user(to).wallet,
        amount: 1n,
        movements: [],
      },
    ],
  },
  nftBurn: {
    build({ nft: address, from }, { user }) {
      const mint = new PublicKey(address);
      const { key } = user(from);
      const account = tokenAccount(mint, key.publicKey);
      return { payer: key, instructions: [createBurnInstruction(account, mint, key.publicKey, 1n)] };
    },
    expect: ({ nft: address, from }, { user }) => [
      { kind: 'burn', asset: nft(address), from: user(from).wallet, amount: 1n, movements: [] },
    ],
  },
};
