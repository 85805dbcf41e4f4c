/** A normalised transaction as plain data: what people are shown of it. Bodies and states as base64 BoC. */
import type { Cell } from '@ton/core';
import { toJson } from '../../../events/json.js';
import type { TonMessage, TonTransaction } from '../transaction.js';

export function describeTransaction({ inMessage, outMessages, ...transaction }: TonTransaction) {
  return toJson({ ...transaction, inMessage: inMessage && describeMessage(inMessage), outMessages: outMessages.map(describeMessage) });
}

function describeMessage({ body, normalisedHash, init, ...message }: TonMessage) {
  const state = init();
  return {
    ...message,
    body: boc(body()),
    normalisedHash: normalisedHash(),
    init: state && { code: boc(state.code), data: boc(state.data) },
  };
}

const boc = (cell: Cell | null): string | null => cell?.toBoc().toString('base64') ?? null;
