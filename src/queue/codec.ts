/**
 * Turns a batch into the payload of a job and back. Amounts are decimal text in JSON. The payload holds the
 * batch as JSON text, not as an object, because BullMQ's PostgreSQL backend stores jobs as jsonb, and jsonb
 * refuses what names on a chain may contain (NUL characters, lone surrogates).
 */
import { BATCH, type Batch } from '../events/batch.js';
import { recordWriter } from '../events/written.js';
import { NdxError } from '../runtime/errors.js';
import { isObject, readAtDoor, WrongField } from '../runtime/untrusted.js';
import { recordReader } from './read.js';

export interface Payload {
  /**
   * JSON text of a batch without its source. Equal content gives equal text, of which the job's id is made.
   */
  readonly batch: string;
  readonly source: string;
}

const readFields = recordReader(BATCH);
const write = recordWriter<Batch>(BATCH);

/**
 * The payload of the batch's job: JSON, amounts as decimal text. The job's id is made of `batch` alone, so
 * that the same content of two sources is one job.
 */
export function encodeBatch({ source, ...content }: Batch): Payload {
  return { batch: JSON.stringify(write(content)), source };
}

/**
 * Checks the payload of a job and reads the batch in it.
 * @throws NdxError JOB_INVALID when a field is wrong, naming it; such a job can never succeed
 */
export function decodeBatch(payload: unknown): Batch {
  if (
    typeof payload !== 'object' ||
    payload === null ||
    !('batch' in payload) ||
    typeof payload.batch !== 'string'
  )
    throw new NdxError('JOB_INVALID', 'the job has no `batch` text: it was not added by this program');
  let json: unknown;
  try {
    json = JSON.parse(payload.batch);
  } catch (cause) {
    throw new NdxError('JOB_INVALID', `the job's batch is not JSON: ${String(cause)}`, { cause });
  }
  const source = 'source' in payload ? payload.source : undefined;
  return readAtDoor(
    isObject(json) ? Object.assign(json, { source }) : json,
    (value, holder, key) => {
      const batch = readFields(value, holder, key) as Batch;
      checkBlocks(batch);
      return batch;
    },
    (path, what) => new NdxError('JOB_INVALID', `the job's batch is wrong at ${path || 'its root'}: ${what}`),
  );
}

/**
 * Checks that blocks are in order and in the batch's range. A block outside of the range would be reconciled
 * without being covered, or be withdrawn by the batch of the neighbouring range.
 */
function checkBlocks(batch: Batch): void {
  const { chain, fromBlock, toBlock, transactions, blocks = [], owed = [] } = batch;
  if (fromBlock > toBlock) throw new WrongField(batch, 'toBlock', 'before fromBlock');
  for (const transaction of transactions) {
    if (transaction.block < fromBlock || transaction.block > toBlock)
      throw new WrongField(transaction, 'block', `outside ${fromBlock}..${toBlock}`);
    if (transaction.chain !== chain) throw new WrongField(transaction, 'chain', `not ${chain}`);
  }
  for (const check of owed)
    if (check.block < fromBlock || check.block > toBlock)
      throw new WrongField(check, 'block', `outside ${fromBlock}..${toBlock}`);
  let before = fromBlock - 1;
  for (const block of blocks) {
    if (block.block <= before || block.block > toBlock)
      throw new WrongField(block, 'block', 'out of order or range');
    before = block.block;
  }
  if (batch.scope === 'settle' && (before !== toBlock || transactions.length > 0))
    throw new WrongField(batch, 'blocks', 'a settle batch ends with a block and holds no transactions');
}
