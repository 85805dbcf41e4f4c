/**
 * litesvm's error values as the node's JSON (`"BlockhashNotFound"`, `{"InstructionError":[0,{"Custom":1}]}`)
 * and as the node's words.
 */
import type { FailedTransactionMetadata } from 'litesvm';

/** In the order of litesvm's TransactionErrorFieldless. */
const TRANSACTION_ERRORS =
  'AccountInUse AccountLoadedTwice AccountNotFound ProgramAccountNotFound InsufficientFundsForFee InvalidAccountForFee AlreadyProcessed BlockhashNotFound CallChainTooDeep MissingSignatureForFee InvalidAccountIndex SignatureFailure InvalidProgramForExecution SanitizeFailure ClusterMaintenance AccountBorrowOutstanding WouldExceedMaxBlockCostLimit UnsupportedVersion InvalidWritableAccount WouldExceedMaxAccountCostLimit WouldExceedAccountDataBlockLimit TooManyAccountLocks AddressLookupTableNotFound InvalidAddressLookupTableOwner InvalidAddressLookupTableData InvalidAddressLookupTableIndex InvalidRentPayingAccount WouldExceedMaxVoteCostLimit WouldExceedAccountDataTotalLimit MaxLoadedAccountsDataSizeExceeded ResanitizationNeeded InvalidLoadedAccountsDataSizeLimit UnbalancedTransaction ProgramCacheHitMaxLimit CommitCancelled'.split(
    ' ',
  );

/** In the order of litesvm's InstructionErrorFieldless. */
const INSTRUCTION_ERRORS =
  'GenericError InvalidArgument InvalidInstructionData InvalidAccountData AccountDataTooSmall InsufficientFunds IncorrectProgramId MissingRequiredSignature AccountAlreadyInitialized UninitializedAccount UnbalancedInstruction ModifiedProgramId ExternalAccountLamportSpend ExternalAccountDataModified ReadonlyLamportChange ReadonlyDataModified DuplicateAccountIndex ExecutableModified RentEpochModified NotEnoughAccountKeys AccountDataSizeChanged AccountNotExecutable AccountBorrowFailed AccountBorrowOutstanding DuplicateAccountOutOfSync InvalidError ExecutableDataModified ExecutableLamportChange ExecutableAccountNotRentExempt UnsupportedProgramId CallDepth MissingAccount ReentrancyNotAllowed MaxSeedLengthExceeded InvalidSeeds InvalidRealloc ComputationalBudgetExceeded PrivilegeEscalation ProgramEnvironmentSetupFailure ProgramFailedToComplete ProgramFailedToCompile Immutable IncorrectAuthority AccountNotRentExempt InvalidAccountOwner ArithmeticOverflow UnsupportedSysvar IllegalOwner MaxAccountsDataAllocationsExceeded MaxAccountsExceeded MaxInstructionTraceLengthExceeded BuiltinProgramsMustConsumeComputeUnits BorshIoError'.split(
    ' ',
  );

export type TransactionErrorJson = string | { readonly [name: string]: unknown };

function instructionErrorJson(error: unknown): unknown {
  if (typeof error === 'number') return INSTRUCTION_ERRORS[error] ?? 'GenericError';
  if (typeof error === 'object' && error !== null && 'code' in error) return { Custom: error.code };
  return 'BorshIoError';
}

/** The node's JSON for a litesvm failure. */
export function transactionErrorJson(failure: FailedTransactionMetadata): TransactionErrorJson {
  const error = failure.err();
  if (typeof error === 'number') return TRANSACTION_ERRORS[error] ?? 'SanitizeFailure';
  if ('err' in error) return { InstructionError: [error.index, instructionErrorJson(error.err())] };
  if ('accountIndex' in error) {
    const name = error.constructor.name.replace(/^TransactionError/, '');
    return { [name]: { account_index: error.accountIndex } };
  }
  return { DuplicateInstruction: error.index };
}

/** `InvalidAccountData` → `invalid account data`. */
function words(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}

/**
 * What the node says in its message about an error ("Error processing Instruction 0: custom program error:
 * 0x1").
 */
export function transactionErrorText(error: unknown): string {
  if (typeof error === 'string') {
    if (error === 'AlreadyProcessed') return 'This transaction has already been processed';
    if (error === 'AccountNotFound')
      return 'Attempt to debit an account but found no record of a prior credit.';
    return words(error).replace(/^./, (letter) => letter.toUpperCase());
  }
  const instruction = (error as { InstructionError?: [number, unknown] }).InstructionError;
  if (instruction === undefined) return JSON.stringify(error);
  const [index, reason] = instruction;
  if (typeof reason === 'string') return `Error processing Instruction ${index}: ${words(reason)}`;
  const custom = (reason as { Custom?: number }).Custom ?? 0;
  return `Error processing Instruction ${index}: custom program error: 0x${custom.toString(16)}`;
}
