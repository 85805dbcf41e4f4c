/** Converts amounts between base units and whole units, exactly: decimal text, never a float. */

/** 1500000000n with 9 decimals → "1.5". */
export function wholeUnits(amount: bigint, decimals: number): string {
  if (decimals === 0) return amount.toString();
  const sign = amount < 0n ? '-' : '';
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, '0');
  const fraction = digits.slice(-decimals).replace(/0+$/, '');
  return sign + digits.slice(0, -decimals) + (fraction ? `.${fraction}` : '');
}

/** "1.5" with 9 decimals → 1500000000n. @param amount as {@link wholeUnits} writes it */
export function baseUnits(amount: string, decimals: number): bigint {
  const [whole = '0', fraction = ''] = amount.split('.');
  return BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, '0'));
}
