/** wallet_balance, wallet_music and MusicToken as `ndx verify` compares them. */
import { type DerivedTable, ofChain } from '../derived-table.js';

export const WALLET_BALANCE: DerivedTable = {
  name: 'wallet_balance',
  writes: [{ name: 'wallet_balance', omitted: { chain: 'matched' } }],
  key: ['token', 'address'],
  columns: ['amount'],
  telling: ['amount'],
  rows: ofChain('wallet_balance'),
};

export const WALLET_MUSIC: DerivedTable = {
  name: 'wallet_music',
  writes: [{ name: 'wallet_music', omitted: { chain: 'matched' } }],
  key: ['address'],
  columns: ['balance', 'earned', 'spent', 'last_claimed', 'first_time', 'last_time'],
  telling: ['balance'],
  rows: ofChain('wallet_music'),
};

export const MUSIC_TOKEN: DerivedTable = {
  name: 'MusicToken',
  writes: [{ name: 'MusicToken', omitted: { chain: 'matched' } }],
  key: ['userId'],
  columns: ['id', 'balance', 'totalEarned', 'totalSpent', 'lastClaimed', 'createdAt', 'updatedAt'],
  telling: ['balance'],
  rows: ofChain('MusicToken'),
};
