/**
 * Decodes followed Anchor programs: the events that they emit, read by their IDL and the mapping of the
 * network file, become drafts.
 */
import type { Json, JsonObject } from '../../../events/event.js';
import type { DecodeContext, Draft, Emission, ProgramDecoder } from '../decoder.js';
import { discriminatorOf } from '../discriminator.js';
import type { SolanaFollow } from '../follow.js';
import { isEventCall } from '../walk/emissions.js';
import { subtreeOf } from '../walk/subtree.js';
import { type BorshValue, borshToJson, readBorsh } from './borsh.js';
import { draftEvent } from './draft.js';
import { draftFailedCall } from './failed-calls.js';
import { type EventLayout, layOutProgram, type ProgramLayout } from './layouts.js';
import { createValueReader, holds, ValueMissing } from './values.js';

const NAME = 'anchor';
const VERSION = 2;

export function createAnchorDecoder(follow: SolanaFollow): ProgramDecoder {
  const followed = new Map(follow.programs.map((program) => [program.address, program]));
  const programs = new Map(follow.programs.map((program) => [program.address, layOutProgram(program)]));
  const base = { decoder: NAME, decoderVersion: VERSION };

  function decodeEmission(emission: Emission, program: ProgramLayout, context: DecodeContext): Draft | null {
    const unreadable = (why: string): null => {
      context.problem('undecodable', `event ${emission.eventIndex} of program ${program.name}: ${why}`);
      return null;
    };
    const { data } = emission;
    const discriminator = data === null ? null : discriminatorOf(data);
    if (data === null || discriminator === null) return unreadable('it is not the data of an Anchor event');
    const layout = program.events.get(discriminator);
    if (layout === undefined)
      return unreadable(`the IDL knows no event with the discriminator ${discriminator}`);
    if (layout.mappings === 'ignore') return null;
    if (layout.mappings === undefined)
      return unreadable(`the network file does not say what ${layout.name} means`);
    try {
      return draft(emission, data, layout, layout.mappings, program, context);
    } catch (error) {
      if (error instanceof RangeError || error instanceof ValueMissing)
        return unreadable(`${layout.name}: ${error.message}`);
      throw error;
    }
  }

  function draft(
    emission: Emission,
    data: Uint8Array,
    layout: EventLayout,
    mappings: Exclude<EventLayout['mappings'], 'ignore' | undefined>,
    program: ProgramLayout,
    context: DecodeContext,
  ): Draft | null {
    const fields = readBorsh(data, 8, layout.fields);
    const mapping = mappings.find(
      ({ when }) => when === undefined || holds(fields.get(when.field), when.equals),
    );
    if (mapping === undefined) return null;
    const values = createValueReader(fields, program, emission.instruction, context);
    const outcome = context.failed ? ('failed' as const) : ('ok' as const);
    return draftEvent(
      mapping,
      values,
      { outcome, ...base, details: details(program, layout, fields) },
      program,
      context.follow,
      emission,
    );
  }

  function failedCalls(context: DecodeContext): Draft[] {
    const { instructions } = context.transaction;
    return instructions.flatMap((instruction) => {
      const program = programs.get(instruction.programId);
      const configured = followed.get(instruction.programId);
      if (program === undefined || configured === undefined || isEventCall(instruction.data)) return [];
      const { first, last } = subtreeOf(instructions, instruction.ordinal);
      const emitted = context.emissions.some(
        (emission) => emission.instruction.ordinal >= first && emission.instruction.ordinal <= last,
      );
      const found = emitted ? null : draftFailedCall(instruction, program, configured, context, base);
      return found === null ? [] : [found];
    });
  }

  return {
    name: NAME,
    version: VERSION,
    keys: () => [...programs.keys()],
    decode: (context) => {
      const drafts: Draft[] = [];
      for (const emission of context.emissions) {
        const program = programs.get(emission.instruction.programId);
        const found = program === undefined ? null : decodeEmission(emission, program, context);
        if (found !== null) drafts.push(found);
      }
      return context.failed ? [...drafts, ...failedCalls(context)] : drafts;
    },
  };
}

function details(
  program: ProgramLayout,
  layout: EventLayout,
  fields: ReadonlyMap<string, BorshValue>,
): JsonObject {
  const shown: Record<string, Json> = {};
  for (const [name, value] of fields) shown[name] = borshToJson(value);
  return { program: program.name, event: layout.name, fields: shown };
}
