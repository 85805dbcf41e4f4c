/** Methods that run transactions: send, simulate, airdrop, fees. */
import { z } from 'zod';
import { BLOCKHASH_AGE } from '../chain/chain.js';
import { innerInstructionsJson, isLoaded, resolveLookups, returnDataJson } from '../chain/execute.js';
import type { BlockIndex } from '../chain/ledger.js';
import type { LandedTransaction } from '../chain/types.js';
import type { VmSimulation } from '../chain/vm.js';
import { type TransactionErrorJson, transactionErrorText } from '../chain/vm-errors.js';
import {
  parseTransaction,
  signaturesAreValid,
  unsignedTransaction,
  WireError,
  type WireTransaction,
} from '../chain/wire.js';
import { checkHealth } from './cluster-methods.js';
import { encodeAccount } from './encode-account.js';
import { parsedInner } from './encode-transaction.js';
import { invalidParams, RPC_CODES, RpcError, type RpcMethods } from './json-rpc.js';
import { type RpcNode, withContext } from './node.js';
import {
  addressParam,
  bytesParam,
  commitmentSchema,
  config,
  contextSchema,
  param,
  slotSchema,
} from './params.js';

const bytesEncoding = z.enum(['base58', 'base64']).optional();
const sendSchema = z.object({
  encoding: bytesEncoding,
  skipPreflight: z.boolean().optional(),
  preflightCommitment: commitmentSchema.optional(),
  maxRetries: z.number().nullish(),
  minContextSlot: slotSchema.optional(),
});
const simulateSchema = contextSchema.extend({
  encoding: bytesEncoding,
  sigVerify: z.boolean().optional(),
  replaceRecentBlockhash: z.boolean().optional(),
  innerInstructions: z.boolean().optional(),
  accounts: z
    .object({
      addresses: z.array(z.string()),
      encoding: z.enum(['base64', 'jsonParsed', 'base58']).optional(),
    })
    .nullish(),
});

function parsed<T>(read: () => T, what: string): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof WireError) throw invalidParams(`failed to deserialize ${what}: ${error.message}`);
    throw error;
  }
}

/**
 * A transaction that a node accepted and could not land is dropped in silence; the sender finds out by its
 * blockhash's end.
 */
function dropSilently(landed: Promise<LandedTransaction>): void {
  landed.catch(() => undefined);
}

const NOTHING: Omit<VmSimulation, 'error'> = {
  fee: 0n,
  logs: [],
  inner: [],
  computeUnits: 0n,
  returnData: null,
  postAccounts: new Map(),
};

export function submitMethods(node: RpcNode): RpcMethods {
  const { chain } = node;

  const simulate = (
    transaction: WireTransaction,
    block: BlockIndex,
    checkBlockhash: boolean,
  ): VmSimulation => {
    const refuse = (error: TransactionErrorJson): VmSimulation => ({ ...NOTHING, error });
    if (checkBlockhash && chain.ledger.landed(transaction.signature) !== null)
      return refuse('AlreadyProcessed');
    if (
      checkBlockhash &&
      !chain.ledger.hasRecentHash(transaction.recentBlockhash, block.height, BLOCKHASH_AGE)
    )
      return refuse('BlockhashNotFound');
    const lookups = resolveLookups(chain.vm, transaction);
    return isLoaded(lookups) ? chain.vm.simulate(transaction) : refuse(lookups);
  };
  const resultJson = (simulation: VmSimulation) => ({
    err: simulation.error,
    logs: simulation.logs,
    accounts: null as unknown,
    unitsConsumed: Number(simulation.computeUnits),
    returnData: returnDataJson(simulation),
    innerInstructions: null as unknown,
  });

  return {
    sendTransaction([encoded, options]) {
      const {
        encoding = 'base58',
        skipPreflight = false,
        preflightCommitment,
        minContextSlot,
      } = config(sendSchema, options);
      const transaction = parsed(
        () => parseTransaction(bytesParam(encoded, encoding, 'transaction')),
        'transaction',
      );
      const block = node.context({
        commitment: preflightCommitment ?? 'finalized',
        ...(minContextSlot === undefined ? {} : { minContextSlot }),
      });
      if (!skipPreflight) {
        if (!signaturesAreValid(transaction)) {
          throw new RpcError(
            RPC_CODES.signatureVerificationFailure,
            'Transaction signature verification failure',
          );
        }
        checkHealth(node);
        const simulation = simulate(transaction, block, true);
        if (simulation.error !== null) {
          const message = `Transaction simulation failed: ${transactionErrorText(simulation.error)}`;
          throw new RpcError(RPC_CODES.preflightFailure, message, resultJson(simulation));
        }
      }
      dropSilently(chain.submitParsed(transaction));
      return transaction.signature;
    },

    simulateTransaction([encoded, options]) {
      const {
        encoding = 'base58',
        sigVerify = false,
        replaceRecentBlockhash = false,
        ...rest
      } = config(simulateSchema, options);
      if (sigVerify && replaceRecentBlockhash)
        throw invalidParams('sigVerify may not be used with replaceRecentBlockhash');
      const transaction = parsed(
        () => parseTransaction(bytesParam(encoded, encoding, 'transaction')),
        'transaction',
      );
      const block = node.context(rest);
      if (sigVerify && !signaturesAreValid(transaction)) {
        throw new RpcError(
          RPC_CODES.signatureVerificationFailure,
          'Transaction signature verification failure',
        );
      }
      const simulation = simulate(transaction, block, !replaceRecentBlockhash);
      const lookups = resolveLookups(chain.vm, transaction);
      const keys = isLoaded(lookups)
        ? [...transaction.staticKeys, ...lookups.writable, ...lookups.readonly]
        : transaction.staticKeys;
      const accountOf = (address: string) =>
        simulation.postAccounts.get(address) ?? chain.vm.account(address);
      const accounts = rest.accounts?.addresses.map((address) => {
        const account = accountOf(addressParam(address, 'accounts.addresses'));
        return account === null
          ? null
          : encodeAccount(account, { encoding: rest.accounts?.encoding ?? 'base64' }, accountOf);
      });
      return withContext(block, {
        ...resultJson(simulation),
        fee: Number(simulation.fee),
        ...(accounts === undefined ? {} : { accounts }),
        ...(rest.innerInstructions === true
          ? { innerInstructions: parsedInner(innerInstructionsJson(simulation), keys) }
          : {}),
        ...(replaceRecentBlockhash
          ? {
              replacementBlockhash: {
                blockhash: block.hash,
                lastValidBlockHeight: block.height + BLOCKHASH_AGE,
              },
            }
          : {}),
      });
    },

    getFeeForMessage([encoded, options]) {
      const block = node.context(config(contextSchema, options));
      const transaction = parsed(
        () => unsignedTransaction(bytesParam(encoded, 'base64', 'message')),
        'message',
      );
      if (!chain.ledger.hasRecentHash(transaction.recentBlockhash, block.height, BLOCKHASH_AGE))
        return withContext(block, null);
      return withContext(block, Number(chain.vm.simulate(transaction).fee));
    },

    requestAirdrop([address, lamports]) {
      const amount = param(z.number().int().positive(), lamports, 'lamports');
      const { signature, landed } = chain.sendAirdrop(addressParam(address), BigInt(amount));
      dropSilently(landed);
      return signature;
    },
  };
}
