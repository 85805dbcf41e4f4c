/**
 * How a marketplace of TON is described. What is known of one marketplace alone stands in its file in
 * markets/.
 */
export interface SaleMarket {
  /** The name in events. */
  readonly name: string;
  /** Code hashes of its contracts, lower-case hex. */
  readonly codes: readonly string[];
  /** Its own addresses, raw: marketplace, fees, deployers. */
  readonly addresses: readonly string[];
  /** Contracts that hold an item only to put it on sale for its owner, raw. */
  readonly deployers?: readonly string[];
  /** Its contracts' data have a form of their own, so that only `get_sale_data` tells what they mean. */
  readonly readByStack?: true;
}
