/** Wallets (v4) whose keys follow from a label: they are there from the start, with coins. */
import {
  type Address,
  beginCell,
  Cell,
  external,
  internal,
  type MessageRelaxed,
  SendMode,
  storeMessage,
} from '@ton/core';
import { keyPairFromSeed } from '@ton/crypto';
import { WalletContractV4 } from '@ton/ton';
import { seededBytes } from '../../shared/seeded.js';
import type { GenesisAccount } from '../chain/types.js';

/** An internal message that a wallet shall send. */
export interface Outgoing {
  readonly to: Address;
  readonly nanotons: bigint;
  readonly body?: Cell;
  readonly init?: { readonly code: Cell; readonly data: Cell };
  /** true when absent. */
  readonly bounce?: boolean;
}

export interface Wallet {
  readonly label: string;
  readonly address: Address;
  /** Raw, as everywhere. */
  readonly raw: string;
  /** A signed external message. @param data the wallet's data cell, which holds its sequence number */
  sign(data: Buffer | null, messages: readonly Outgoing[], validUntil: number): Buffer;
  readonly genesis: GenesisAccount;
}

const GENESIS_NANOTONS = 1_000_000_000_000_000n;
const KEY_DOMAIN = 'ndx-devnet-ton';

export const rawOf = (address: Address): string => address.toRawString().toLowerCase();

export function createWallet(label: string): Wallet {
  const keys = keyPairFromSeed(Buffer.from(seededBytes(KEY_DOMAIN, label)));
  const wallet = WalletContractV4.create({ workchain: 0, publicKey: keys.publicKey });
  const raw = rawOf(wallet.address);
  const base64 = (cell: Cell): string => cell.toBoc().toString('base64');
  return {
    label,
    address: wallet.address,
    raw,
    genesis: {
      address: raw,
      code: base64(wallet.init.code),
      data: base64(wallet.init.data),
      nanotons: GENESIS_NANOTONS,
    },
    sign(data, messages, validUntil) {
      const seqno = data === null ? 0 : (Cell.fromBoc(data)[0]?.beginParse().loadUint(32) ?? 0);
      const out: MessageRelaxed[] = messages.map(({ to, nanotons, body, init, bounce }) =>
        internal({
          to,
          value: nanotons,
          bounce: bounce ?? true,
          ...(body ? { body } : {}),
          ...(init ? { init } : {}),
        }),
      );
      const body = wallet.createTransfer({
        seqno,
        secretKey: keys.secretKey,
        messages: out,
        sendMode: SendMode.PAY_GAS_SEPARATELY,
        timeout: validUntil,
      });
      return beginCell()
        .store(storeMessage(external({ to: wallet.address, body })))
        .endCell()
        .toBoc();
    },
  };
}
