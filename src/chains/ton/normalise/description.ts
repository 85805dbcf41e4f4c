/** How a transaction went (`TransactionDescr` of block.tlb): of its phases, what decoders ask for. */
import type { Cell } from '../cells/cell.js';
import { loadCurrencies } from '../cells/message.js';
import { type Slice, sliceOf } from '../cells/slice.js';
import type { TonTransaction } from '../transaction.js';

type Description = Pick<TonTransaction, 'type' | 'aborted' | 'destroyed' | 'compute' | 'action'>;

/**
 * trans_storage$0001, and splits and merges of accounts ($0100 to $0111), which run nothing that decoders
 * look at.
 */
const OTHER: Description = { type: 'other', aborted: false, destroyed: false, compute: null, action: null };

/** @throws Error when the cell is no description */
export function readDescription(cell: Cell): Description {
  const slice = sliceOf(cell);
  const tag = slice.loadUint(3);
  if (tag === 0b001) return tickTock(slice);
  if (tag === 0b000) return slice.loadBit() ? OTHER : ordinary(slice);
  if (tag === 0b010 || tag === 0b011) return OTHER;
  throw new Error('the cell describes no transaction');
}

/**
 * trans_ord$0000 credit_first:Bool storage_ph:(Maybe TrStoragePhase) credit_ph:(Maybe TrCreditPhase)
 * compute_ph:TrComputePhase action:(Maybe ^TrActionPhase) aborted:Bool bounce:(Maybe TrBouncePhase)
 * destroyed:Bool
 */
function ordinary(slice: Slice): Description {
  slice.skip(1);
  if (slice.loadBit()) skipStorage(slice);
  // tr_phase_credit$_ due_fees_collected:(Maybe Grams) credit:CurrencyCollection
  if (slice.loadBit()) {
    if (slice.loadBit()) slice.loadCoins();
    loadCurrencies(slice);
  }
  const compute = loadCompute(slice);
  const action = loadAction(slice);
  const aborted = slice.loadBit();
  if (slice.loadBit()) skipBounce(slice);
  return { type: 'ordinary', aborted, destroyed: slice.loadBit(), compute, action };
}

/**
 * trans_tick_tock$001 is_tock:Bool storage_ph:TrStoragePhase compute_ph:TrComputePhase action:(Maybe
 * ^TrActionPhase) aborted:Bool destroyed:Bool
 */
function tickTock(slice: Slice): Description {
  slice.skip(1);
  skipStorage(slice);
  const compute = loadCompute(slice);
  const action = loadAction(slice);
  const aborted = slice.loadBit();
  return { type: 'tick-tock', aborted, destroyed: slice.loadBit(), compute, action };
}

/**
 * tr_phase_storage$_ storage_fees_collected:Grams storage_fees_due:(Maybe Grams)
 * status_change:AccStatusChange
 */
function skipStorage(slice: Slice): void {
  slice.loadCoins();
  if (slice.loadBit()) slice.loadCoins();
  // acst_unchanged$0, acst_frozen$10, acst_deleted$11
  if (slice.loadBit()) slice.skip(1);
}

/** tr_phase_compute_skipped$0 reason, or tr_phase_compute_vm$1, most of which stands in a cell of its own. */
function loadCompute(slice: Slice): NonNullable<Description['compute']> {
  if (!slice.loadBit()) {
    // cskip_no_state$00, cskip_bad_state$01, cskip_no_gas$10, cskip_suspended$110
    if (slice.loadUint(2) === 0b11 && slice.loadBit()) throw new Error('a phase skipped for no known reason');
    return { skipped: true, success: false, exitCode: 0, gasUsed: 0n };
  }
  const success = slice.loadBit();
  slice.skip(2).loadCoins();
  // gas_used:(VarUInteger 7) gas_limit:(VarUInteger 7) gas_credit:(Maybe (VarUInteger 3)) mode:int8
  // exit_code:int32
  const inner = sliceOf(slice.loadRef());
  const gasUsed = inner.loadVarUint(3);
  inner.loadVarUint(3);
  if (inner.loadBit()) inner.loadVarUint(2);
  return { skipped: false, success, exitCode: inner.skip(8).loadInt(32), gasUsed };
}

/**
 * tr_phase_action$_ success:Bool valid:Bool no_funds:Bool status_change:AccStatusChange total_fwd_fees:(Maybe
 * Grams) total_action_fees:(Maybe Grams) result_code:int32
 */
function loadAction(slice: Slice): Description['action'] {
  const cell = slice.loadMaybeRef();
  if (cell === null) return null;
  const inner = sliceOf(cell);
  const success = inner.loadBit();
  inner.skip(2);
  if (inner.loadBit()) inner.skip(1);
  if (inner.loadBit()) inner.loadCoins();
  if (inner.loadBit()) inner.loadCoins();
  return { success, resultCode: inner.loadInt(32) };
}

/**
 * tr_phase_bounce_negfunds$00, nofunds$01 msg_size:StorageUsed req_fwd_fees:Grams, ok$1 msg_size:StorageUsed
 * msg_fees:Grams fwd_fees:Grams
 */
function skipBounce(slice: Slice): void {
  const fees = slice.loadBit() ? 2 : slice.loadBit() ? 1 : 0;
  if (fees === 0) return;
  // storage_used$_ cells:(VarUInteger 7) bits:(VarUInteger 7)
  slice.loadVarUint(3);
  slice.loadVarUint(3);
  for (let left = fees; left > 0; left -= 1) slice.loadCoins();
}
