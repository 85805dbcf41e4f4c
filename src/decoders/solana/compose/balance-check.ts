/**
 * Promise 7: for every followed token and account, what the instructions moved equals the balance after less
 * the balance before. Two amounts show only in the balances and are filled in here: the fee that a Token-2022
 * transfer withheld without naming it, and what a withdrawal of withheld fees paid out. Every other
 * difference is a residual.
 */
import type { SolanaTransaction } from '../../../chains/solana/transaction.js';
import type { Building } from '../../../events/building.js';
import { type Effect, type EffectParty, movementsOf } from '../effect.js';
import type { TokenEffects } from '../spl-token/effects.js';
import type { TokenAccounts } from '../spl-token/token-accounts.js';

export interface Residual extends EffectParty {
  readonly token: string;
  readonly decimals: number;
  /** Balance change that no instruction explains. */
  readonly delta: bigint;
}

export interface BalanceCheck {
  readonly residuals: readonly Residual[];
  /** Withdrawals of withheld fees, whose amount only the balances show. */
  readonly found: readonly Effect[];
  /** The node recorded no token balances though tokens moved: nothing could be checked. */
  readonly unchecked: boolean;
}

/**
 * Compares effects with balances, and sets `withheld` on effects whose fee no instruction names.
 * @param tokens mint → decimals of the followed tokens
 */
export function checkBalances(
  transaction: SolanaTransaction,
  { effects, feeUnknown, withdrawals }: TokenEffects,
  accounts: TokenAccounts,
  tokens: ReadonlyMap<string, number>,
): BalanceCheck {
  const differences: Building<Residual>[] = [];
  const byAccount = new Map<string, Building<Residual>[]>();
  const add = (token: string, account: string, delta: bigint, owner = accounts.ownerOf(account)): void => {
    const decimals = tokens.get(token);
    if (decimals === undefined) return;
    const ofAccount = byAccount.get(account);
    const known = ofAccount?.find((difference) => difference.token === token);
    if (known !== undefined) {
      known.owner = owner;
      known.delta += delta;
      return;
    }
    const difference = { token, account, owner, decimals, delta };
    differences.push(difference);
    if (ofAccount === undefined) byAccount.set(account, [difference]);
    else ofAccount.push(difference);
  };
  for (const { mint, account, amount, owner } of transaction.preTokenBalances)
    add(mint, account, -amount, owner ?? undefined);
  for (const { mint, account, amount, owner } of transaction.postTokenBalances)
    add(mint, account, amount, owner ?? undefined);
  if (transaction.preTokenBalances.length === 0 && transaction.postTokenBalances.length === 0) {
    const moved = effects.some((effect) => tokens.has(effect.asset) && effect.amount > 0n);
    return { residuals: [], found: [], unchecked: moved };
  }
  for (const effect of effects)
    for (const { token, account, owner, delta } of movementsOf(effect)) add(token, account, -delta, owner);

  const found: Effect[] = [];
  const residuals: Residual[] = [];
  for (const difference of differences) {
    let { delta } = difference;
    if (delta < 0n) delta += withhold(effects, feeUnknown, difference.token, difference.account, -delta);
    const payout =
      delta > 0n
        ? withdrawals.find(
            (item) => item.mint === difference.token && item.destination.account === difference.account,
          )
        : undefined;
    if (payout !== undefined) {
      found.push(withdrawal(payout, difference));
      delta = 0n;
    }
    if (delta !== 0n) residuals.push({ ...difference, delta });
  }
  return { residuals, found, unchecked: false };
}

/**
 * Spreads a withheld fee over the transfers that can have caused it, in proportion to their amounts. @returns
 * the fee, or 0n when these transfers cannot explain it
 */
function withhold(
  effects: readonly Effect[],
  feeUnknown: ReadonlySet<Effect>,
  token: string,
  account: string,
  fee: bigint,
): bigint {
  const causes = effects.filter(
    (effect) => feeUnknown.has(effect) && effect.asset === token && effect.destination?.account === account,
  );
  const total = causes.reduce((sum, effect) => sum + effect.amount, 0n);
  if (total < fee || total === 0n) return 0n;
  let left = fee;
  causes.forEach((effect, i) => {
    effect.withheld = i === causes.length - 1 ? left : (fee * effect.amount) / total;
    left -= effect.withheld;
  });
  return fee;
}

/** Withheld fees are in nobody's balance, so the mint stands as the account that pays them out. */
function withdrawal(payout: TokenEffects['withdrawals'][number], difference: Residual): Effect {
  return {
    ordinal: payout.ordinal,
    slot: payout.slot,
    kind: 'transfer',
    asset: payout.mint,
    decimals: difference.decimals,
    amount: difference.delta,
    source: { account: payout.mint, owner: payout.mint },
    destination: payout.destination,
    withheld: 0n,
    cause: 'withdrawal',
  };
}
