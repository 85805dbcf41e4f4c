/** Transactions as toncenter's indexer stores them, turned into what its API answers. */
import { asList, asObject, asOneOf, asOptional, type Raw } from '../../../runtime/untrusted.js';

/**
 * The indexer's table has a column for each fact, and one list of messages, each with its direction. The API
 * answers `description` with an object for each phase, `in_msg` and `out_msgs`. What is in the API's form
 * already is returned as it is.
 * @throws WrongField naming the message that is not as expected
 */
export function asAnswered(transaction: Raw): Raw {
  return withDescription(withMessages(transaction));
}

function withMessages(transaction: Raw): Raw {
  const list = asOptional(transaction.messages, transaction, 'messages', asList);
  if (list === null) return transaction;
  const messages = list.map((message, at) => asObject(message, list, at));
  const going = (direction: 'in' | 'out') =>
    messages
      .filter((message) => asOneOf(['in', 'out'], message.direction, message, 'direction') === direction)
      .map((message) => ({ ...message, hash: message.hash ?? message.msg_hash }));
  return {
    ...transaction,
    in_msg: transaction.in_msg ?? going('in')[0],
    out_msgs: transaction.out_msgs ?? going('out'),
  };
}

function withDescription(transaction: Raw): Raw {
  if (transaction.description !== undefined && transaction.description !== null) return transaction;
  return {
    ...transaction,
    description: {
      type: transaction.descr,
      aborted: transaction.aborted,
      destroyed: transaction.destroyed,
      compute_ph: {
        exit_code: transaction.compute_exit_code,
        success: transaction.compute_success,
        gas_used: transaction.compute_gas_used,
      },
      action: { result_code: transaction.action_result_code, success: transaction.action_success },
    },
  };
}
