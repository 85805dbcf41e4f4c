/** Airdrops as what they are here: system transfers from the faucet's key. */
import { ComputeBudgetProgram, type Keypair, PublicKey, SystemProgram, Transaction } from '@solana/web3.js';
import { createSigner, signAndSerialize } from './sign.js';

const UNITS = 10_000;
const UNITS_SPAN = 1_000_000;

export function createFaucet(key: Keypair, latestBlockhash: () => string) {
  const signer = createSigner(key);
  let count = 0;
  return {
    /**
     * A signed transfer. No two are alike, also when address, amount and blockhash are: the compute unit
     * limit counts.
     */
    transfer(address: string, lamports: bigint): Uint8Array {
      count += 1;
      const transaction = new Transaction({
        feePayer: key.publicKey,
        recentBlockhash: latestBlockhash(),
      }).add(
        ComputeBudgetProgram.setComputeUnitLimit({ units: UNITS + (count % UNITS_SPAN) }),
        SystemProgram.transfer({ fromPubkey: key.publicKey, toPubkey: new PublicKey(address), lamports }),
      );
      return signAndSerialize(transaction, key, signer);
    },
  };
}
