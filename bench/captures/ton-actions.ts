/**
 * The actions that toncenter/ton-indexer tells of a trace, as facts of ours. It cuts a trace otherwise than
 * we do: one change may be several of its actions (a purchase is also a transfer, a listing is two transfers
 * besides), which then are parts of one event.
 */
import { z } from 'zod';
import type { Kind } from '../../src/events/event.js';
import { parseTonAddress } from '../../src/events/ton-address.js';
import type { ExpectedFact } from './score.js';

const known = z
  .string()
  .nullish()
  .transform((text) => (text == null ? text : (parseTonAddress(text) ?? text)));
const address = known.transform((text) => text ?? undefined);
/** Beyond 2^53 JSON has rounded it: then only the rounded amounts can be compared. */
const amount = z
  .union([z.number(), z.string().regex(/^\d+$/)])
  .nullish()
  .transform((value) =>
    value == null
      ? undefined
      : typeof value === 'string' || Number.isSafeInteger(value)
        ? BigInt(value)
        : value,
  );

export const ACTION = z.object({
  type: z.string(),
  success: z.boolean().nullish(),
  values: z
    .object({
      success: z.boolean().nullish(),
      ...{ source: address, destination: address, asset: known, asset_secondary: address, amount },
      nft_transfer_data: z
        .object({
          is_purchase: z.boolean().nullish(),
          price: amount,
          real_prev_owner: address,
          marketplace: z.string().nullish(),
        })
        .nullish(),
      nft_listing_data: z.object({ full_price: amount }).nullish(),
      staking_data: z
        .object({ provider: z.string().nullish(), tokens_burnt: amount, ts_nft: address })
        .nullish(),
    })
    .prefault({}),
});
export type Action = z.output<typeof ACTION>;
type Values = Action['values'];

/** Its name of a provider of stakes that we read; whatever else takes stakes is none of ours. */
const TONSTAKERS = ['tonstakers', 'liquid_staking'];
const NOMINATORS = ['nominator', 'nominators', 'nominator_pool'];
/** What a nominator pool keeps of a deposit, which the other indexer counts as staked. */
const NOMINATOR_FEE = 1_000_000_000n;

/**
 * null: none of ours (transfers of TON, calls, swaps, bids, …), or a part of what another action says
 * already.
 */
export function factOf({ type, success: outer, values }: Action): ExpectedFact | null {
  const success = values.success ?? outer;
  const fact = readAction(type, values);
  return fact && { ...(success != null && { outcome: success ? 'ok' : 'failed' }), ...fact };
}

function readAction(type: string, values: Values): ExpectedFact | null {
  const { source, destination, asset_secondary: item } = values;
  const asset = values.asset ?? undefined;
  switch (type) {
    case 'jetton_transfer':
      return jettonTransfer(values);
    case 'jetton_mint':
      return { kinds: ['mint'], asset, amount: values.amount, to: destination };
    case 'jetton_burn':
      return {
        kinds: ['burn'],
        asset,
        amount: values.amount,
        from: source,
        partOf: [{ kinds: ['unstake'], asset, from: source }],
      };
    case 'nft_mint':
      return { kinds: ['mint'], asset: item ?? destination };
    case 'nft_transfer':
      return values.nft_transfer_data?.is_purchase ? purchase(values) : nftTransfer(values);
    case 'nft_purchase':
      return purchase(values);
    case 'nft_put_on_sale':
    case 'nft_put_on_auction':
    case 'teleitem_start_auction':
    case 'nft_update_sale':
      // 0: for jettons alone.
      return {
        kinds: ['list'],
        asset: item,
        from: source,
        price: values.nft_listing_data?.full_price || undefined,
      };
    case 'nft_cancel_sale':
    case 'nft_cancel_auction':
    case 'teleitem_cancel_auction':
      return { kinds: ['delist'], asset: item, from: source };
    case 'nft_finish_auction':
      // Whoever has the item then: the winner, or the seller where nobody bid.
      return partOf(
        { kinds: ['sale'], asset: item, to: source },
        { kinds: ['delist'], asset: item, from: source },
      );
    case 'stake_deposit':
    case 'stake_withdrawal':
    case 'stake_withdrawal_request':
      return stake(type, values);
    case 'jvault_stake':
      return { kinds: ['stake'], asset, amount: values.amount, from: source, to: destination };
    case 'jvault_unstake':
      return { kinds: ['unstake'], asset, amount: values.amount, from: source, to: destination };
    case 'jvault_claim':
      return { kinds: ['claim'], from: source, to: destination };
    // A request of JVault moves nothing yet: the jettons leave with the unstake.
    default:
      return null;
  }
}

/** The first of them, or another that says the same. */
function partOf(fact: ExpectedFact, ...others: readonly ExpectedFact[]): ExpectedFact {
  return { ...fact, partOf: [fact, ...others] };
}

function jettonTransfer({ source, destination, asset, amount: moved }: Values): ExpectedFact | null {
  // Tried with a wallet that is none of any jetton.
  if (asset === null) return null;
  // Into a stake; out of one to who staked.
  return {
    ...{ kinds: ['transfer'], asset, amount: moved, from: source, to: destination },
    partOf: [
      { kinds: ['stake'], asset, amount: moved, from: source, to: destination },
      { kinds: ['unstake', 'claim'], asset, from: destination, to: source },
    ],
  };
}

function purchase({ destination, asset_secondary: item, nft_transfer_data: nft }: Values): ExpectedFact {
  const { price, real_prev_owner: from, marketplace } = nft ?? {};
  return partOf({
    kinds: ['sale'],
    asset: item,
    price,
    from,
    to: destination,
    marketplace: marketplace ?? undefined,
  });
}

/**
 * Its transfers are mints too, where a deployment notifies the owner. Into and out of escrow an item does not
 * change its owner.
 */
function nftTransfer({ source, destination, asset_secondary: item }: Values): ExpectedFact {
  return {
    ...{ kinds: ['transfer'], asset: item, from: source, to: destination },
    partOf: [
      { kinds: ['mint'], asset: item, to: destination },
      { kinds: ['list'], asset: item },
      { kinds: ['delist'], asset: item, from: destination },
      { kinds: ['sale'], asset: item, to: destination },
      { kinds: ['burn'], asset: item, from: source },
    ],
  };
}

function stake(
  type: string,
  { source, destination, amount: staked, staking_data: data, ...values }: Values,
): ExpectedFact | null {
  const asset = values.asset ?? undefined;
  const parties = { from: source, to: destination };
  const kind: Kind = type === 'stake_deposit' ? 'stake' : 'unstake';
  if (NOMINATORS.includes(data?.provider ?? '')) {
    // Asked for, and not yet paid out.
    if (type === 'stake_withdrawal_request') return null;
    const net = kind === 'stake' && typeof staked === 'bigint' ? staked - NOMINATOR_FEE : staked;
    return { kinds: [kind], amount: net, ...parties };
  }
  if (data?.provider != null && !TONSTAKERS.includes(data.provider)) return null;
  if (type !== 'stake_withdrawal') return { kinds: [kind], asset, amount: staked, ...parties };
  // What a bill is paid out for was given back when it was asked for.
  if (data?.ts_nft !== undefined) return null;
  // Some of its versions say here how much TON came out: an unstake of ours counts the tsTON that went back.
  return { kinds: [kind], asset, amount: data?.tokens_burnt, ...parties };
}
