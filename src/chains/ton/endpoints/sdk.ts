/**
 * The clients of `@ton/ton` over our transport: for what is asked seldom. A client is made for each question
 * to one endpoint of the pool, so failover, limits, time limits, abort and metrics are the pool's, and an
 * answer that the SDK refuses is asked of another endpoint. Its cells end here. Blocks, transactions and
 * facts are read without it: ADR 7 has the figures.
 */
import { Address, Cell as SdkCell, type TupleItem } from '@ton/core';
import { TonClient, TonClient4 } from '@ton/ton';
import { messageOf } from '../../../runtime/errors.js';
import { isObject } from '../../../runtime/untrusted.js';
import { readCellText } from '../cells/boc.js';
import type { Cell } from '../cells/cell.js';
import type { StackItem } from '../cells/stack.js';
import { writeCells } from '../cells/write.js';
import { MASTERCHAIN } from '../shards.js';
import type { CallOptions, TonSdk } from './endpoint.js';
import type { TonHttp } from './http.js';

type Adapter = NonNullable<ConstructorParameters<typeof TonClient4>[0]['httpAdapter']>;

/**
 * What the SDK takes for the endpoint's address. The real one may hold keys: the SDK never sees it, so no
 * error of its can show it.
 */
const ADDRESS = 'http://endpoint.invalid';
/** Bytes. No answer that comes this way holds more than the first masterchain block or one account. */
const LARGEST_ANSWER = 16 * 1024 * 1024;

interface Asking {
  readonly what: string;
  readonly options: CallOptions;
  /** Changes what the SDK sends. */
  readonly bodyOf?: (body: string) => string;
  /** Throws when the answer is an error. */
  readonly check?: (answer: unknown) => void;
}

/**
 * @throws RpcError as every request; RPC_BAD_RESPONSE when the SDK refuses the answer, which it does without
 * naming the field
 */
async function ask<T>(
  http: TonHttp,
  { what, options, bodyOf, check }: Asking,
  work: (adapter: Adapter) => Promise<T>,
): Promise<T> {
  /** What the transport rejected with: axios writes into the errors that pass through it. */
  const failed: unknown[] = [];
  const adapter: Adapter = async (config) => {
    const path = (config.url ?? '').slice(ADDRESS.length);
    const sent = typeof config.data === 'string' ? config.data : undefined;
    const body = sent === undefined ? {} : { body: bodyOf?.(sent) ?? sent };
    try {
      const data = await http.json({ what, path, ...body }, { ...options, largestAnswer: LARGEST_ANSWER });
      check?.(data);
      return { data, status: 200, statusText: 'OK', headers: {}, config };
    } catch (error) {
      failed.push(error);
      throw new Error('the request failed');
    }
  };
  try {
    return await work(adapter);
  } catch (error) {
    if (failed.length > 0) throw failed[0];
    throw http.badAnswer(what, `JSON of another shape (${messageOf(error).slice(0, 200)})`);
  }
}

/** TonClient4. */
export function createV4Sdk(http: TonHttp): TonSdk & {
  /** Root hash of a masterchain block, in hex. */
  rootHash(seqno: number, options: CallOptions): Promise<string>;
} {
  const client = (httpAdapter: Adapter) => new TonClient4({ endpoint: ADDRESS, httpAdapter });
  return {
    newest: (options) =>
      ask(http, { what: '/block/latest', options }, async (adapter) =>
        asSeqno((await client(adapter).getLastBlock()).last.seqno),
      ),
    rootHash: (seqno, options) => {
      const what = `/block/${seqno}`;
      const check = (answer: unknown) => {
        if (isObject(answer) && answer.exist === false)
          throw http.missing(what, 'the endpoint has no such block');
      };
      return ask(http, { what, options, check }, async (adapter) => {
        const { shards } = await client(adapter).getBlock(seqno);
        const master = shards.find(({ workchain }) => workchain === MASTERCHAIN);
        const hash = Buffer.from(master?.rootHash ?? '', 'base64');
        if (hash.length !== 32) throw new Error('rootHash of the masterchain block: must be a hash');
        return hash.toString('hex');
      });
    },
    account: (address, seqno, options) =>
      ask(http, { what: `/block/${seqno}/…`, options }, async (adapter) => {
        const { account } = await client(adapter).getAccount(seqno, Address.parseRaw(address));
        return { active: account.state.type === 'active', frozen: account.state.type === 'frozen' };
      }),
    run: (address, method, args, seqno, options) =>
      ask(http, { what: `/block/${seqno}/…/run/${method}`, options }, async (adapter) => {
        const target = Address.parseRaw(address);
        const { exitCode, result } = await client(adapter).runMethod(seqno, target, method, args.map(toSdk));
        return { exitCode, stack: result.map(fromSdk) };
      }),
  };
}

/**
 * TonClient, of toncenter v2. It asks for the newest state only; the API takes a block with it, which is
 * added on the way.
 */
export function createV2Sdk(http: TonHttp): TonSdk {
  const client = (httpAdapter: Adapter) => new TonClient({ endpoint: `${ADDRESS}/jsonRPC`, httpAdapter });
  const asking = (what: string, options: CallOptions, seqno?: number): Asking => ({
    what,
    options,
    bodyOf: (body) => {
      const request = JSON.parse(body) as { readonly params: object };
      return JSON.stringify(
        seqno === undefined ? request : { ...request, params: { ...request.params, seqno } },
      );
    },
    check: (answer) => {
      if (isObject(answer) && answer.ok === false)
        throw http.failure(what, String(answer.error), Number(answer.code ?? 500));
    },
  });
  return {
    newest: (options) =>
      ask(http, asking('getMasterchainInfo', options), async (adapter) =>
        asSeqno((await client(adapter).getMasterchainInfo()).latestSeqno),
      ),
    account: (address, seqno, options) =>
      ask(http, asking('getAddressInformation', options, seqno), async (adapter) => {
        const { state } = await client(adapter).getContractState(Address.parseRaw(address));
        return { active: state === 'active', frozen: state === 'frozen' };
      }),
    run: (address, method, args, seqno, options) =>
      ask(http, asking(`runGetMethod ${method}`, options, seqno), async (adapter) => {
        const target = Address.parseRaw(address);
        const answer = await client(adapter).runMethodWithError(target, method, args.map(toSdk));
        const stack: StackItem[] = [];
        while (answer.stack.remaining > 0) stack.push(fromSdk(answer.stack.pop()));
        return { exitCode: answer.exit_code, stack };
      }),
  };
}

/** The SDK takes any number for one. */
function asSeqno(value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`last.seqno: must be a block number, not ${value}`);
}

function toSdk(item: StackItem): TupleItem {
  switch (item.type) {
    case 'int':
      return { type: 'int', value: item.value };
    case 'null':
      return { type: 'null' };
    case 'cell':
    case 'slice':
      return { type: item.type, cell: cellOf(item.cell) };
    default:
      throw new Error(`a get-method is not given a ${item.type}`);
  }
}

function cellOf(cell: Cell): SdkCell {
  const [root] = SdkCell.fromBoc(writeCells(cell));
  if (root === undefined) throw new Error('a bag of no cells');
  return root;
}

/**
 * A tuple is left empty: no question asked this way has one for an answer, and TonClient does not read all of
 * them.
 */
function fromSdk(item: TupleItem): StackItem {
  if (item.type === 'tuple') return { type: 'tuple', items: [] };
  if (item.type !== 'cell' && item.type !== 'slice' && item.type !== 'builder') return item;
  return { type: item.type, cell: readCellText(item.cell.toBoc().toString('base64')) };
}
