/** How a marketplace of TON is described: all that is known of it alone stands in its file in markets/. */
export interface SaleMarket {
  /** As it stands in events. */
  readonly name: string;
  /** Hashes of the codes of its contracts, lower-case hex. */
  readonly codes: readonly string[];
  /** Its own addresses, raw: marketplace, fees, deployers. */
  readonly addresses: readonly string[];
  /** Contracts that hold an item only to put it on sale for its owner, raw. */
  readonly deployers?: readonly string[];
  /** Its contracts' data have a form of their own: only `get_sale_data` says what they mean. */
  readonly readByStack?: true;
}
