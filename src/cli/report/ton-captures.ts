/** Captured TON traces of a folder (`ton/expected-actions.json`, `ton/traces/*.json`), decoded. */
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { DecodedTransaction, Kind } from '../../events/event.js';
import { parseTonAddress } from '../../events/ton-address.js';
import { NdxError } from '../../runtime/errors.js';
import { decodeTon, NOTHING_OF_TON } from '../decode/ton.js';
import type { Capture, ExpectedFact } from './score.js';

const ACTION = z.object({
  type: z.string(),
  values: z.object({
    success: z.boolean().optional(),
    source: z.string().optional(),
    destination: z.string().optional(),
    asset: z.string().nullable().optional(),
    asset_secondary: z.string().nullable().optional(),
    amount: z.union([z.number(), z.string()]).nullable().optional(),
    nft_transfer_data: z
      .object({
        is_purchase: z.boolean().optional(),
        price: z.union([z.number(), z.string()]).nullable().optional(),
        real_prev_owner: z.string().optional(),
      })
      .optional(),
  }),
});
const EXPECTED = z.array(z.object({ file: z.string(), expectedActions: z.array(ACTION) }));
type Action = z.infer<typeof ACTION>;

/** The other indexer's actions that are facts of ours; its NFT transfers are mints too, where a deploy notifies the owner. */
const KINDS: Readonly<Record<string, readonly Kind[]>> = {
  jetton_mint: ['mint'],
  jetton_transfer: ['transfer'],
  jetton_burn: ['burn'],
  nft_mint: ['mint'],
  nft_transfer: ['transfer', 'mint'],
  nft_purchase: ['sale'],
  stake_deposit: ['stake'],
  stake_withdrawal_request: ['unstake'],
  jvault_stake: ['stake'],
  jvault_unstake: ['unstake'],
};

export async function readTonCaptures(folder: string): Promise<Capture[]> {
  const file = join(folder, 'expected-actions.json');
  if (!existsSync(file)) return [];
  const parsed = EXPECTED.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new NdxError('INPUT_INVALID', `${file}: ${z.prettifyError(parsed.error)}`);
  const captures: Capture[] = [];
  for (const item of parsed.data) {
    const decoded: DecodedTransaction[] = [];
    const notes: string[] = [];
    await decodeTon(createReadStream(join(folder, '..', item.file)), {
      follow: { ...NOTHING_OF_TON, all: true },
      assumeVerified: false,
      event: (transaction) => void decoded.push(transaction),
      note: (text) => void notes.push(text),
    });
    const name = item.file.split('/').at(-1) ?? item.file;
    captures.push({ name, chain: 'ton', partial: true, expected: distinct(item.expectedActions.flatMap(factOf)), decoded, notes });
  }
  return captures;
}

function factOf({ type, values }: Action): ExpectedFact[] {
  const { source, destination, success, nft_transfer_data: nft } = values;
  const bought = type === 'nft_purchase' || nft?.is_purchase === true;
  const kinds = bought ? (['sale'] as const) : KINDS[type];
  if (kinds === undefined) return [];
  const isNft = type.startsWith('nft_');
  const asset = isNft ? values.asset_secondary : values.asset;
  return [
    {
      kinds,
      ...(success !== undefined && { outcome: success ? ('ok' as const) : ('failed' as const) }),
      ...(asset != null && { asset: raw(asset) }),
      ...(values.amount != null && { amount: BigInt(values.amount) }),
      ...(bought && nft?.price != null && { price: BigInt(nft.price) }),
      // Their purchases come from the sale contract and their mints from the collection or master.
      from: isNft ? raw(nft?.real_prev_owner) : type === 'jetton_mint' ? undefined : raw(source),
      to: type === 'nft_mint' ? undefined : raw(destination),
    },
  ];
}

function raw(address: string | undefined): string | undefined {
  return address === undefined ? undefined : (parseTonAddress(address) ?? address);
}

/** A purchase stands there twice, as a transfer and as a purchase of the same item. */
function distinct(facts: readonly ExpectedFact[]): ExpectedFact[] {
  return facts.filter(
    (fact, i) => !facts.slice(0, i).some((earlier) => fact.asset !== undefined && earlier.asset === fact.asset && isSame(earlier, fact)),
  );
}

function isSame(a: ExpectedFact, b: ExpectedFact): boolean {
  return a.kinds.some((kind) => b.kinds.includes(kind)) && a.amount === undefined && b.amount === undefined;
}
