/** The followed Anchor programs, arranged for lookup by discriminator. */
import type { Kind } from '../../../events/event.js';
import type { EventMapping, FollowedProgram } from '../follow.js';
import type { BorshField } from './borsh.js';

export interface EventLayout {
  readonly name: string;
  readonly fields: readonly BorshField[];
  /** undefined: the network file does not say what the event means. */
  readonly mappings: readonly EventMapping[] | 'ignore' | undefined;
}

export interface InstructionLayout {
  readonly name: string;
  readonly accounts: readonly { readonly name: string; readonly signer: boolean }[];
  /** The kind under which a failed call is recorded; undefined: it is not recorded. */
  readonly kind: Kind | undefined;
}

export interface ProgramLayout {
  readonly name: string;
  readonly address: string;
  /** By discriminator in hex. */
  readonly events: ReadonlyMap<string, EventLayout>;
  readonly instructions: ReadonlyMap<string, InstructionLayout>;
}

/** Source of the discriminators and layouts: the IDL that the network file names. */
export function layOutProgram(program: FollowedProgram): ProgramLayout {
  const hex = (discriminator: readonly number[]) => Buffer.from(discriminator).toString('hex');
  const types = new Map(program.idl.types.map((type) => [type.name, type.type.fields]));
  return {
    name: program.name,
    address: program.address,
    events: new Map(
      program.idl.events.map(({ name, discriminator }) => [
        hex(discriminator),
        { name, fields: types.get(name) ?? [], mappings: program.events[name] },
      ]),
    ),
    instructions: new Map(
      program.idl.instructions.map(({ name, discriminator, accounts }) => [
        hex(discriminator),
        {
          name,
          accounts: accounts.map((account) => ({ name: account.name, signer: account.signer === true })),
          kind: program.instructions[name],
        },
      ]),
    ),
  };
}
