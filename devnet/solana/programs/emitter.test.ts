/** The scripted program in the real virtual machine: it must leave exactly what an Anchor program leaves. */
import { type PublicKey, SystemProgram, type TransactionInstruction } from '@solana/web3.js';
import { beforeEach, expect, test } from 'vitest';
import { createVm, type Vm, type VmResult } from '../chain/vm.js';
import { parseTransaction } from '../chain/wire.js';
import { signDraft } from '../traffic/envelope.js';
import { devnetKey, eventAuthority, PROGRAMS, staker } from './addresses.js';
import { encodeAccount, encodeEvent, eventCall, fieldOffset, platformInstruction } from './anchor.js';
import { devnetGenesis, lookupTableAccount } from './genesis.js';
import { EVENT_CPI_TAG, type Operation, PROGRAM_ERRORS } from './script.js';

const user = devnetKey('emitter-test');
const wallet = user.publicKey;
const state = staker(wallet);
const account = state.address.toBase58();
const amountOffset = fieldOffset('staking', 'Staker', 'amount');
const event = encodeEvent('staking', 'UnstakeEvent', {
  staker: state.address,
  amount: 7n,
  timestamp: 1_700_000_000n,
});
const logged = `Program data: ${Buffer.from(event).toString('base64')}`;

let vm: Vm;
beforeEach(() => {
  vm = createVm(devnetGenesis([wallet]));
  vm.setTime(10, 1_700_000_000, []);
});

function run(instruction: TransactionInstruction, version: 'legacy' | 0 | 1 = 'legacy'): VmResult {
  const blockhash = SystemProgram.programId.toBase58();
  const draft = {
    version,
    payer: user,
    keys: [],
    instructions: [instruction],
    blockhash,
    computeUnitLimit: 300_000,
  };
  return vm.execute(parseTransaction(signDraft({ ...draft, lookupTable: lookupTableAccount }).bytes));
}

const update = (
  script: readonly Operation[],
  address: PublicKey = PROGRAMS.staking,
): TransactionInstruction =>
  platformInstruction({
    program: 'staking',
    name: 'update_staking_level',
    accounts: { authority: wallet, staker: state.address },
    script,
    address,
  });

function open(amount: bigint): VmResult {
  const data = encodeAccount('staking', 'Staker', {
    authority: wallet,
    amount,
    apy: 5n,
    lock_period_months: 3,
    level: 0,
  });
  const create = SystemProgram.createAccount({
    fromPubkey: wallet,
    newAccountPubkey: state.address,
    lamports: 5_000_000,
    space: data.length,
    programId: PROGRAMS.staking,
  });
  return run(
    platformInstruction({
      program: 'staking',
      name: 'open_staker',
      accounts: { authority: wallet, staker: state.address, system_program: SystemProgram.programId },
      script: [
        { do: 'signAs', prefix: state.prefix, account: wallet.toBase58(), tail: state.tail },
        { do: 'call', instruction: create },
        { do: 'write', account, offset: 0, bytes: data },
      ],
    }),
  );
}

const amount = (): bigint => Buffer.from(vm.account(account)?.data ?? []).readBigUInt64LE(amountOffset);

test.each(['legacy', 0, 1] as const)(
  'logs an event as emit! does, in a transaction of version %s',
  (version) => {
    const { error, logs } = run(update([{ do: 'log', bytes: event }]), version);
    expect(error).toBeNull();
    const program = PROGRAMS.staking.toBase58();
    const from = logs.indexOf(`Program ${program} invoke [1]`);
    expect(logs[from + 1]).toBe(logged);
    expect(logs.at(-1)).toBe(`Program ${program} success`);
  },
);

test('a failed transaction keeps the event in its logs (6)', () => {
  const { error, logs } = run(
    update([
      { do: 'log', bytes: event },
      { do: 'fail', error: 'asked' },
    ]),
  );
  expect(error).toEqual({ InstructionError: [1, { Custom: PROGRAM_ERRORS.asked }] });
  expect(logs).toContain(logged);
});

test('the hostile program logs the same bytes under its own id (6)', () => {
  const { error, logs } = run(update([{ do: 'log', bytes: event }], PROGRAMS.hostile));
  expect(error).toBeNull();
  expect(logs).toContain(logged);
  expect(logs.join('\n')).not.toContain(PROGRAMS.staking.toBase58());
});

test('emit_cpi! is an inner instruction of the program to itself', () => {
  const accounts: Record<string, PublicKey> = {
    authority: wallet,
    staker: state.address,
    authority_token: wallet,
    vault: wallet,
  };
  const { error, inner } = run(
    platformInstruction({
      program: 'staking',
      name: 'stake',
      accounts: {
        ...accounts,
        token_program: SystemProgram.programId,
        event_authority: eventAuthority,
        program: PROGRAMS.staking,
      },
      args: { amount: 7n, lock_period_months: 1 },
      script: [eventCall(PROGRAMS.staking, eventAuthority, event)],
    }),
  );
  expect(error).toBeNull();
  const [instruction, ...more] = inner.flat();
  expect(more).toEqual([]);
  expect(Buffer.from(instruction?.data ?? [])).toEqual(Buffer.concat([EVENT_CPI_TAG, event]));
  expect(instruction?.stackHeight).toBe(2);
});

test('opens its own account by seeds, keeps books in it and refuses what they do not allow', () => {
  expect(open(100n).error).toBeNull();
  expect(vm.account(account)?.owner).toBe(PROGRAMS.staking.toBase58());
  expect(amount()).toBe(100n);
  expect(run(update([{ do: 'add', account, offset: amountOffset, value: 5n }])).error).toBeNull();
  expect(amount()).toBe(105n);
  const take = (value: bigint): VmResult =>
    run(update([{ do: 'subtract', account, offset: amountOffset, value, error: 'insufficientStake' }]));
  expect(take(106n).error).toEqual({ InstructionError: [1, { Custom: PROGRAM_ERRORS.insufficientStake }] });
  expect(take(105n).error).toBeNull();
  expect(amount()).toBe(0n);
  const mine = (key: PublicKey): VmResult =>
    run(update([{ do: 'require', account, offset: 8, bytes: key.toBytes(), error: 'notOwner' }]));
  expect(mine(wallet).error).toBeNull();
  expect(mine(PROGRAMS.ndt).error).toEqual({ InstructionError: [1, { Custom: PROGRAM_ERRORS.notOwner }] });
});

test('another program cannot write the books', () => {
  expect(open(100n).error).toBeNull();
  const { error } = run(update([{ do: 'add', account, offset: amountOffset, value: 5n }], PROGRAMS.hostile));
  expect(error).not.toBeNull();
  expect(amount()).toBe(100n);
});
