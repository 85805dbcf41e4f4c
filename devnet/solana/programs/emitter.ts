/**
 * The sBPF program behind every platform program of the devnet: it reads its accounts, then plays the script
 * in its instruction data (script.ts). Registers: r6 number of accounts, r7 the table of account infos on the
 * heap, r8 whether to sign the next call, r9 the cursor.
 */
import { type Assembler, createAssembler } from './sbpf-assembler.js';
import { ERROR_BASE, EVENT_CPI_TAG, OPCODES } from './script.js';

const HEAP = 0x300000000n;
/** sizeof(SolAccountInfo): key, lamports, data_len, data, owner, rent_epoch, three flags. */
const INFO = 56;
const METAS = 0x2000;
const SEEDS = 0x3000;
const SIGNERS = 0x3040;
const MAX_PERMITTED_DATA_INCREASE = 10240;

/** The program as an ELF for the loader. */
export function emitterElf(): Uint8Array {
  const asm = createAssembler();
  readAccounts(asm);
  openScript(asm);
  dispatch(asm);
  log(asm);
  check(asm);
  arithmetic(asm);
  signAs(asm);
  call(asm);
  return asm.elf();
}

/**
 * Walk the serialized input (r1): variable-sized accounts, each to be a SolAccountInfo on the heap. Ends with
 * r1 at the data's length.
 */
function readAccounts(asm: Assembler): void {
  asm.constant(7, HEAP);
  asm.load('u64', 6, 1, 0);
  asm.immediate('add', 1, 8);
  asm.immediate('move', 9, 0);
  asm.register('move', 2, 7);
  asm.label('account');
  asm.jumpIfRegister('atLeast', 9, 6, 'accounts-end');
  asm.load('u8', 3, 1, 0);
  asm.jumpIf('equal', 3, 0xff, 'fresh');
  asm.immediate('multiply', 3, INFO); // a duplicate names the account it repeats
  asm.register('add', 3, 7);
  for (let offset = 0; offset < INFO; offset += 8) {
    asm.load('u64', 4, 3, offset);
    asm.store('u64', 2, offset, 4);
  }
  asm.immediate('add', 1, 8);
  asm.jump('account-next');
  asm.label('fresh');
  for (const [at, from] of [
    [0, 8], // key
    [8, 72], // lamports
    [24, 88], // data
    [32, 40], // owner
  ] as const) {
    asm.register('move', 4, 1);
    asm.immediate('add', 4, from);
    asm.store('u64', 2, at, 4);
  }
  asm.load('u64', 5, 1, 80);
  asm.store('u64', 2, 16, 5);
  for (const [at, from] of [
    [48, 1], // signer
    [49, 2], // writable
    [50, 3], // executable
  ] as const) {
    asm.load('u8', 4, 1, from);
    asm.store('u8', 2, at, 4);
  }
  asm.register('move', 3, 1);
  asm.register('add', 3, 5);
  asm.immediate('add', 3, 88 + MAX_PERMITTED_DATA_INCREASE + 7);
  asm.immediate('and', 3, -8);
  asm.load('u64', 4, 3, 0);
  asm.store('u64', 2, 40, 4); // rent epoch
  asm.register('move', 1, 3);
  asm.immediate('add', 1, 8);
  asm.label('account-next');
  asm.immediate('add', 2, INFO);
  asm.immediate('add', 9, 1);
  asm.jump('account');
  asm.label('accounts-end');
}

/** The script starts behind discriminator and arguments; a call of `emit_cpi!` has nothing to do. */
function openScript(asm: Assembler): void {
  asm.load('u64', 8, 1, 0);
  asm.register('move', 9, 1);
  asm.immediate('add', 9, 8);
  asm.load('u64', 3, 9, 0);
  asm.constant(4, Buffer.from(EVENT_CPI_TAG).readBigUInt64LE());
  asm.jumpIfRegister('equal', 3, 4, 'end');
  asm.register('move', 1, 9);
  asm.register('add', 1, 8);
  asm.load('u8', 1, 1, -1);
  asm.immediate('add', 9, 8);
  asm.register('add', 9, 1);
  asm.immediate('move', 8, 0);
}

function dispatch(asm: Assembler): void {
  asm.label('next');
  asm.load('u8', 1, 9, 0);
  asm.immediate('add', 9, 1);
  for (const [name, code] of Object.entries(OPCODES)) asm.jumpIf('equal', 1, code, name);
  asm.immediate('move', 0, 1);
  asm.exit();
  asm.label('end');
  asm.immediate('move', 0, 0);
  asm.exit();
  asm.label('fail');
  asm.load('u8', 3, 9, 0);
  asm.label('fail-with-r3');
  asm.register('move', 0, 3);
  asm.immediate('add', 0, ERROR_BASE);
  asm.exit();
}

function log(asm: Assembler): void {
  asm.label('log');
  asm.load('u8', 1, 9, 0);
  asm.immediate('add', 9, 1);
  asm.store('u64', 10, -16, 9);
  asm.store('u64', 10, -8, 1);
  asm.register('add', 9, 1);
  asm.register('move', 1, 10);
  asm.immediate('add', 1, -16);
  asm.immediate('move', 2, 1);
  asm.syscall('sol_log_data');
  asm.jump('next');
}

/** r1 = address of the data of the account whose index is at the cursor, plus the offset that follows it. */
function accountData(asm: Assembler): void {
  asm.load('u8', 1, 9, 0);
  asm.immediate('multiply', 1, INFO);
  asm.register('add', 1, 7);
  asm.load('u64', 1, 1, 24);
  asm.load('u8', 2, 9, 1);
  asm.register('add', 1, 2);
}

function check(asm: Assembler): void {
  asm.label('require');
  accountData(asm);
  asm.load('u8', 3, 9, 2);
  asm.load('u8', 2, 9, 3);
  asm.immediate('add', 9, 4);
  asm.label('require-byte');
  asm.jumpIf('equal', 2, 0, 'next');
  asm.load('u8', 4, 1, 0);
  asm.load('u8', 5, 9, 0);
  asm.jumpIfRegister('notEqual', 4, 5, 'fail-with-r3');
  asm.immediate('add', 1, 1);
  asm.immediate('add', 9, 1);
  asm.immediate('add', 2, -1);
  asm.jump('require-byte');

  asm.label('write');
  accountData(asm);
  asm.load('u8', 2, 9, 2);
  asm.immediate('add', 9, 3);
  asm.label('write-byte');
  asm.jumpIf('equal', 2, 0, 'next');
  asm.load('u8', 4, 9, 0);
  asm.store('u8', 1, 0, 4);
  asm.immediate('add', 1, 1);
  asm.immediate('add', 9, 1);
  asm.immediate('add', 2, -1);
  asm.jump('write-byte');
}

function arithmetic(asm: Assembler): void {
  asm.label('add');
  accountData(asm);
  asm.load('u64', 4, 1, 0);
  asm.load('u64', 5, 9, 2);
  asm.register('add', 4, 5);
  asm.store('u64', 1, 0, 4);
  asm.immediate('add', 9, 10);
  asm.jump('next');

  asm.label('subtract');
  accountData(asm);
  asm.load('u8', 3, 9, 2);
  asm.load('u64', 4, 1, 0);
  asm.load('u64', 5, 9, 3);
  asm.jumpIfRegister('below', 4, 5, 'fail-with-r3');
  asm.register('subtract', 4, 5);
  asm.store('u64', 1, 0, 4);
  asm.immediate('add', 9, 11);
  asm.jump('next');
}

/** Three seeds (address, length) and one signer that holds them. */
function signAs(asm: Assembler): void {
  const counted = (at: number): void => {
    asm.load('u8', 1, 9, 0);
    asm.immediate('add', 9, 1);
    asm.store('u64', 3, at, 9);
    asm.store('u64', 3, at + 8, 1);
    asm.register('add', 9, 1);
  };
  asm.label('signAs');
  asm.register('move', 3, 7);
  asm.immediate('add', 3, SEEDS);
  counted(0);
  asm.load('u8', 1, 9, 0);
  asm.immediate('add', 9, 1);
  asm.immediate('multiply', 1, INFO);
  asm.register('add', 1, 7);
  asm.load('u64', 1, 1, 0);
  asm.store('u64', 3, 16, 1);
  asm.immediate('move', 1, 32);
  asm.store('u64', 3, 24, 1);
  counted(32);
  asm.store('u64', 3, SIGNERS - SEEDS, 3);
  asm.immediate('move', 1, 3);
  asm.store('u64', 3, SIGNERS - SEEDS + 8, 1);
  asm.immediate('move', 8, 1);
  asm.jump('next');
}

/** SolInstruction at r10-56: program id, metas, their number, data, its length. */
function call(asm: Assembler): void {
  asm.label('call');
  asm.load('u8', 1, 9, 0);
  asm.immediate('multiply', 1, INFO);
  asm.register('add', 1, 7);
  asm.load('u64', 1, 1, 0);
  asm.store('u64', 10, -56, 1);
  asm.load('u8', 2, 9, 1);
  asm.store('u64', 10, -40, 2);
  asm.immediate('add', 9, 2);
  asm.register('move', 3, 7);
  asm.immediate('add', 3, METAS);
  asm.store('u64', 10, -48, 3);
  asm.label('meta');
  asm.jumpIf('equal', 2, 0, 'metas-end');
  asm.load('u8', 1, 9, 0);
  asm.immediate('multiply', 1, INFO);
  asm.register('add', 1, 7);
  asm.load('u64', 1, 1, 0);
  asm.store('u64', 3, 0, 1);
  asm.load('u8', 4, 9, 1);
  asm.register('move', 5, 4);
  asm.immediate('and', 5, 1);
  asm.store('u8', 3, 8, 5); // writable
  asm.immediate('shiftRight', 4, 1);
  asm.store('u8', 3, 9, 4); // signer
  asm.immediate('add', 3, 16);
  asm.immediate('add', 9, 2);
  asm.immediate('add', 2, -1);
  asm.jump('meta');
  asm.label('metas-end');
  asm.load('u8', 1, 9, 0);
  asm.immediate('add', 9, 1);
  asm.store('u64', 10, -32, 9);
  asm.store('u64', 10, -24, 1);
  asm.register('add', 9, 1);
  asm.register('move', 1, 10);
  asm.immediate('add', 1, -56);
  asm.register('move', 2, 7);
  asm.register('move', 3, 6);
  asm.register('move', 4, 7);
  asm.immediate('add', 4, SIGNERS);
  asm.register('move', 5, 8);
  asm.syscall('sol_invoke_signed_c');
  asm.immediate('move', 8, 0);
  asm.jump('next');
}
