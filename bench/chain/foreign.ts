/**
 * What is not ours on mainnet, by size and mix of a real block (332254855: three votes of 1.2 kB to one other
 * transaction of 11.7 kB on average): votes, and swaps through an aggregator with many calls, logs and token
 * balances.
 */
import { addressOf, createRandom, type Random, signatureOf } from './keys.js';
import { type Call, rawTransaction, type TokenChange } from './raw-transaction.js';

export interface ForeignTransaction {
  readonly signature: string;
  readonly json: string;
}

const VOTE_PROGRAM = 'Vote111111111111111111111111111111111111111';
/** Of a hundred. With the sizes below: 3.3 kB a transaction. */
const VOTES = 79;

export function foreignTransaction(number: number): ForeignTransaction {
  const random = createRandom(1_000_003 + number);
  const signature = signatureOf(`foreign/${number}`);
  return {
    signature,
    json: random.below(100) < VOTES ? vote(signature, number, random) : swap(signature, number, random),
  };
}

function vote(signature: string, number: number, random: Random): string {
  const payer = addressOf(`validator/${number}`);
  const call: Call = {
    program: VOTE_PROGRAM,
    accounts: [addressOf(`vote/${number}`), payer],
    data: random.bytes(148),
  };
  return rawTransaction({ signature, payer, blockhash: addressOf('recent'), calls: [call], units: 2100 });
}

function swap(signature: string, number: number, random: Random): string {
  const account = (name: string | number) => addressOf(`pool/${random.below(40)}/${name}`);
  const payer = addressOf(`trader/${number}`);
  const token = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';
  const program = addressOf(`program/${random.below(12)}`);
  const hops = 1 + random.below(3);
  const hop = (at: number): Call => ({
    program: addressOf(`amm/${random.below(20)}`),
    accounts: Array.from({ length: 11 }, (_, i) => account(`${at}/${i}`)),
    data: random.bytes(24),
    logs: [
      'Program log: Instruction: Swap',
      `Program log: ray_log: ${Buffer.from(random.bytes(56)).toString('base64')}`,
    ],
    calls: [0, 1].map((side) => ({
      program: token,
      accounts: [account(`${at}/${side}`), account(`${at}/${side + 2}`), payer],
      data: random.bytes(9),
      logs: ['Program log: Instruction: Transfer'],
    })),
  });
  const route: Call = {
    program,
    accounts: Array.from({ length: 20 }, (_, i) => account(i)),
    data: random.bytes(60),
    logs: [
      'Program log: Instruction: SharedAccountsRoute',
      `Program data: ${Buffer.from(random.bytes(112)).toString('base64')}`,
    ],
    calls: Array.from({ length: hops }, (_, at) => hop(at)),
  };
  const budget: Call = {
    program: 'ComputeBudget111111111111111111111111111111',
    accounts: [],
    data: random.bytes(9),
  };
  const tokens: TokenChange[] = Array.from({ length: hops * 2 }, (_, at) => ({
    account: addressOf(`token/${number}/${at}`),
    owner: account(`${at}/owner`),
    mint: addressOf(`mint/${random.below(300)}`),
    decimals: 6,
    before: BigInt(random.below(2_000_000_000)),
    after: BigInt(random.below(2_000_000_000)),
  }));
  return rawTransaction({
    signature,
    payer,
    blockhash: addressOf('recent'),
    calls: [budget, budget, route],
    tokens,
    units: 180_000,
    failed: random.below(10) === 0,
  });
}
