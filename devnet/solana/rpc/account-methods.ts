/** Methods that read accounts as they stood at a commitment. */

import { z } from 'zod';
import { requireBase58 } from '../../../src/events/base58.js';
import type { BlockIndex } from '../chain/ledger.js';
import { isTokenProgram, readMint, readTokenAccount, tokenAmountJson } from '../chain/token-balances.js';
import type { ChainAccount } from '../chain/types.js';
import { type AccountConfig, accountConfigSchema, encodeAccount } from './encode-account.js';
import { invalidParams, type RpcMethods } from './json-rpc.js';
import { type RpcNode, withContext } from './node.js';
import { addressParam, bytesParam, config, contextSchema, param } from './params.js';

const MOST_ACCOUNTS = 100;
const MOST_HOLDERS = 20;

const filterSchema = z.union([
  z.object({ dataSize: z.number().int().nonnegative() }),
  z.object({
    memcmp: z.object({
      offset: z.number().int().nonnegative(),
      bytes: z.string(),
      encoding: z.enum(['base58', 'base64']).optional(),
    }),
  }),
]);
const programAccountsSchema = accountConfigSchema.extend({
  filters: z.array(filterSchema).nullish(),
  withContext: z.boolean().nullish(),
});
const ownerFilterSchema = z.union([z.object({ mint: z.string() }), z.object({ programId: z.string() })]);

type Filter = z.infer<typeof filterSchema>;

function matches(account: ChainAccount, filter: Filter): boolean {
  if ('dataSize' in filter) return account.data.length === filter.dataSize;
  const { offset, bytes, encoding = 'base58' } = filter.memcmp;
  const wanted = bytesParam(bytes, encoding, 'memcmp.bytes');
  return Buffer.compare(account.data.subarray(offset, offset + wanted.length), wanted) === 0;
}

export function accountMethods(node: RpcNode): RpcMethods {
  const { state } = node.chain;
  const encodeAt = (block: BlockIndex, account: ChainAccount, options: AccountConfig) =>
    encodeAccount(account, options, (mint) => state.accountAt(mint, block.height));

  /** A token account with its mint, for the methods that refuse anything else. */
  const tokenAccountAt = (address: string, block: BlockIndex) => {
    const account = state.accountAt(address, block.height);
    if (account === null) throw invalidParams('Invalid param: could not find account');
    const token = readTokenAccount(account);
    const mintAccount = token === null ? null : state.accountAt(token.mint, block.height);
    const mint = mintAccount === null ? null : readMint(mintAccount);
    if (token === null || mint === null) throw invalidParams('Invalid param: not a Token account');
    return { token, mint };
  };

  return {
    getBalance([address, options]) {
      const block = node.context(config(contextSchema, options));
      return withContext(block, Number(state.accountAt(addressParam(address), block.height)?.lamports ?? 0n));
    },
    getAccountInfo([address, options]) {
      const parsed = config(accountConfigSchema, options);
      const block = node.context(parsed);
      const account = state.accountAt(addressParam(address), block.height);
      return withContext(block, account === null ? null : encodeAt(block, account, parsed));
    },
    getMultipleAccounts([addresses, options]) {
      const parsed = config(accountConfigSchema, options);
      const block = node.context(parsed);
      const list = param(z.array(z.string()), addresses, 'pubkeys');
      if (list.length > MOST_ACCOUNTS) throw invalidParams(`Too many inputs provided; max ${MOST_ACCOUNTS}`);
      const values = list.map((address) => {
        const account = state.accountAt(addressParam(address), block.height);
        return account === null
          ? null
          : encodeAt(block, account, { ...parsed, encoding: parsed.encoding ?? 'base64' });
      });
      return withContext(block, values);
    },
    getProgramAccounts([program, options]) {
      const parsed = config(programAccountsSchema, options);
      const block = node.context(parsed);
      const accounts = state
        .programAccountsAt(addressParam(program, 'programId'), block.height)
        .filter(([, account]) => (parsed.filters ?? []).every((filter) => matches(account, filter)))
        .map(([pubkey, account]) => ({ pubkey, account: encodeAt(block, account, parsed) }));
      return parsed.withContext === true ? withContext(block, accounts) : accounts;
    },
    getTokenAccountBalance([address, options]) {
      const block = node.context(config(contextSchema, options));
      const { token, mint } = tokenAccountAt(addressParam(address), block);
      return withContext(block, tokenAmountJson(token.amount, mint.decimals));
    },
    getTokenSupply([address, options]) {
      const block = node.context(config(contextSchema, options));
      const account = state.accountAt(addressParam(address), block.height);
      if (account === null) throw invalidParams('Invalid param: could not find account');
      const mint = readMint(account);
      if (mint === null) throw invalidParams('Invalid param: not a Token mint');
      return withContext(block, tokenAmountJson(mint.supply, mint.decimals));
    },
    getTokenLargestAccounts([address, options]) {
      const block = node.context(config(contextSchema, options));
      const mintAddress = addressParam(address);
      const account = state.accountAt(mintAddress, block.height);
      if (account === null) throw invalidParams('Invalid param: could not find mint');
      const mint = readMint(account);
      if (mint === null) throw invalidParams('Invalid param: not a Token mint');
      const holders = state.programAccountsAt(account.owner, block.height).flatMap(([pubkey, held]) => {
        const token = readTokenAccount(held);
        return token?.mint === mintAddress ? [{ address: pubkey, amount: token.amount }] : [];
      });
      const largest = holders
        .sort((a, b) => (a.amount === b.amount ? 0 : a.amount < b.amount ? 1 : -1))
        .slice(0, MOST_HOLDERS);
      return withContext(
        block,
        largest.map((holder) => ({
          address: holder.address,
          ...tokenAmountJson(holder.amount, mint.decimals),
        })),
      );
    },
    getTokenAccountsByOwner([owner, filter, options]) {
      const parsed = config(accountConfigSchema, options);
      const block = node.context(parsed);
      const wallet = addressParam(owner);
      const by = param(ownerFilterSchema, filter, 'filter');
      let program: string | undefined;
      if ('programId' in by) program = addressParam(by.programId, 'programId');
      else program = state.accountAt(addressParam(by.mint, 'mint'), block.height)?.owner;
      if (program === undefined) throw invalidParams('Invalid param: could not find mint');
      if (!isTokenProgram(program)) throw invalidParams('Invalid param: unrecognized Token program id');
      const wanted = Buffer.from(requireBase58(wallet));
      const accounts = state.programAccountsAt(program, block.height).flatMap(([pubkey, account]) => {
        if (Buffer.compare(account.data.subarray(32, 64), wanted) !== 0) return [];
        const token = readTokenAccount(account);
        if (token === null || ('mint' in by && token.mint !== by.mint)) return [];
        return [{ pubkey, account: encodeAt(block, account, parsed) }];
      });
      return withContext(block, accounts);
    },
  };
}
