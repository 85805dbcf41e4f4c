/**
 * Nominator pools (github.com/ton-blockchain/nominator-pool, v1.0, known by their code): TON is staked with
 * the comment `d` and withdrawn with `w`.
 */
import { readCell } from '../cells.js';
import type { TonContext } from '../context.js';
import type { JettonProtocol } from '../jetton/protocol.js';
import { type Fact, NANO, TON } from '../part.js';

const CODE = '9a3ec14bc098f6b44064c305222caea2800f17dda85ee6a8198a7095ede10dcf';
/** Nanoton that the pool keeps of every deposit. */
const DEPOSIT_FEE = 1_000_000_000n;
const DEPOSIT = 'd'.charCodeAt(0);
const WITHDRAW = 'w'.charCodeAt(0);
/**
 * Ops that anybody may send once the validator's stake is back: the pool pays all who asked, or the one who
 * is named.
 */
const PROCESS_REQUESTS = [2, 3];

export const NOMINATORS: JettonProtocol = { name: 'ton-nominators', version: 2, slot: 7, decode };

function decode(context: TonContext): readonly Fact[] {
  const { transaction, know, follow } = context;
  const message = transaction.inMessage;
  // Pools stand on the masterchain; the ops alone are used by many contracts.
  if (
    !follow.all ||
    !transaction.account.startsWith('-1:') ||
    message?.kind !== 'internal' ||
    message.bounced ||
    message.source === null
  )
    return [];
  const action = message.opcode === 0 ? comment(context) : null;
  const processing =
    PROCESS_REQUESTS.includes(message.opcode ?? 0) && !context.failed && transaction.outMessages.length > 0;
  if (action !== DEPOSIT && action !== WITHDRAW && !processing) return [];
  if (know.codeHash(transaction.account) !== CODE) return [];
  const stake = { pool: transaction.account };
  const base = {
    asset: { kind: 'token', address: TON },
    decimals: NANO,
    stake,
    details: { staking: 'nominator-pool' },
  } as const;
  if (action === DEPOSIT) {
    const amount = message.value > DEPOSIT_FEE ? message.value - DEPOSIT_FEE : 0n;
    const outcome = context.failed ? 'failed' : 'ok';
    return [{ ...base, kind: 'stake', outcome, amount, from: message.source, to: transaction.account }];
  }
  if (context.failed)
    return [{ ...base, kind: 'unstake', outcome: 'failed', from: message.source, to: transaction.account }];
  return payouts(context).map(({ to, amount }, place) => ({
    ...base,
    kind: 'unstake',
    outcome: 'ok',
    amount,
    from: to,
    to: transaction.account,
    place,
  }));
}

function comment({ transaction }: TonContext): number | null {
  const body = transaction.inMessage?.body();
  return body?.bits === 40 && body.refs.length === 0
    ? readCell(body, (slice) => slice.skip(32).loadUint(8))
    : null;
}

/**
 * What left the pool for nominators. The sender's change goes out last and is no more than came with the
 * message.
 */
function payouts({ transaction }: TonContext): readonly { readonly to: string; readonly amount: bigint }[] {
  const message = transaction.inMessage;
  const sent = transaction.outMessages.flatMap(({ destination, value, opcode }) =>
    destination === null || (opcode !== null && opcode !== 0) ? [] : [{ to: destination, amount: value }],
  );
  const last = sent.at(-1);
  const change = last !== undefined && last.to === message?.source && last.amount <= message.value;
  return change ? sent.slice(0, -1) : sent;
}
