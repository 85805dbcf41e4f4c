/**
 * To which person a wallet belongs: the one rule by which every row is given to a user. The platform's links
 * stand in `wallet_link`; the newest one of a wallet decides, and a wallet without one belongs to its
 * placeholder.
 */

/**
 * LATERAL subquery with the column `user_id`: the user of the newest link of a wallet; no row when nobody
 * has linked it. Names its tables with their schema, because verify folds into temporary copies that are
 * called alike.
 * @param address SQL of the wallet's address
 */
export function newestLink(address: string): string {
  return `(SELECT k.user_id FROM public.wallet_link k JOIN public."User" p ON p.id = k.user_id
            WHERE k.address = ${address} ORDER BY k.seq DESC LIMIT 1)`;
}
