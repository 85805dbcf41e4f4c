/**
 * A small assembler for sBPF (the Solana virtual machine's instruction set, version 0) that writes an ELF the
 * loader accepts, so that the devnet's programs are built from source here, without a Rust toolchain.
 */

type Register = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

const IMMEDIATE = { add: 0x07, multiply: 0x27, and: 0x57, shiftRight: 0x77, move: 0xb7 } as const;
const REGISTER = { add: 0x0f, subtract: 0x1f, move: 0xbf } as const;
const LOAD = { u8: 0x71, u64: 0x79 } as const;
const STORE = { u8: 0x73, u64: 0x7b } as const;
const JUMP_IMMEDIATE = { equal: 0x15, notEqual: 0x55 } as const;
const JUMP_REGISTER = { equal: 0x1d, notEqual: 0x5d, below: 0xad, atLeast: 0x3d } as const;

export interface Assembler {
  label(name: string): void;
  /** destination = destination (op) value. */
  immediate(operation: keyof typeof IMMEDIATE, destination: Register, value: number): void;
  register(operation: keyof typeof REGISTER, destination: Register, source: Register): void;
  /** destination = 64-bit constant. */
  constant(destination: Register, value: bigint): void;
  load(width: keyof typeof LOAD, destination: Register, base: Register, offset: number): void;
  store(width: keyof typeof STORE, base: Register, offset: number, source: Register): void;
  jump(target: string): void;
  jumpIf(condition: keyof typeof JUMP_IMMEDIATE, left: Register, value: number, target: string): void;
  jumpIfRegister(
    condition: keyof typeof JUMP_REGISTER,
    left: Register,
    right: Register,
    target: string,
  ): void;
  syscall(name: string): void;
  exit(): void;
  /** @throws Error when a jump names a label that does not exist. */
  elf(): Uint8Array;
}

export function createAssembler(): Assembler {
  const slots: Buffer[] = [];
  const labels = new Map<string, number>();
  const jumps: { at: number; target: string }[] = [];
  const calls: { at: number; name: string }[] = [];

  const emit = (
    opcode: number,
    destination: number,
    source: number,
    offset: number,
    immediate: number,
  ): void => {
    const slot = Buffer.alloc(8);
    slot[0] = opcode;
    slot[1] = destination | (source << 4);
    slot.writeInt16LE(offset, 2);
    slot.writeInt32LE(immediate, 4);
    slots.push(slot);
  };
  const jumpTo = (opcode: number, left: number, right: number, immediate: number, target: string): void => {
    jumps.push({ at: slots.length, target });
    emit(opcode, left, right, 0, immediate);
  };

  return {
    label: (name) => void labels.set(name, slots.length),
    immediate: (operation, destination, value) => emit(IMMEDIATE[operation], destination, 0, 0, value),
    register: (operation, destination, source) => emit(REGISTER[operation], destination, source, 0, 0),
    constant(destination, value) {
      emit(0x18, destination, 0, 0, Number(BigInt.asIntN(32, value)));
      emit(0, 0, 0, 0, Number(BigInt.asIntN(32, value >> 32n)));
    },
    load: (width, destination, base, offset) => emit(LOAD[width], destination, base, offset, 0),
    store: (width, base, offset, source) => emit(STORE[width], base, source, offset, 0),
    jump: (target) => jumpTo(0x05, 0, 0, 0, target),
    jumpIf: (condition, left, value, target) => jumpTo(JUMP_IMMEDIATE[condition], left, 0, value, target),
    jumpIfRegister: (condition, left, right, target) =>
      jumpTo(JUMP_REGISTER[condition], left, right, 0, target),
    syscall(name) {
      calls.push({ at: slots.length, name });
      emit(0x85, 0, 1, 0, -1);
    },
    exit: () => emit(0x95, 0, 0, 0, 0),
    elf() {
      for (const { at, target } of jumps) {
        const to = labels.get(target);
        const slot = slots[at];
        if (to === undefined || !slot) throw new Error(`assembler: no label "${target}"`);
        slot.writeInt16LE(to - at - 1, 2);
      }
      return linkElf(Buffer.concat(slots), calls);
    },
  };
}

/**
 * A shared object with one text section; each syscall is an undefined symbol that the loader relocates
 * (R_BPF_64_32).
 */
function linkElf(text: Buffer, calls: readonly { at: number; name: string }[]): Uint8Array {
  const parts: Buffer[] = [];
  let end = 64;
  const place = (bytes: Buffer): { at: number; size: number } => {
    const padded = Buffer.concat([bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]);
    const at = end;
    parts.push(padded);
    end += padded.length;
    return { at, size: bytes.length };
  };
  const syscalls = [...new Set(calls.map((call) => call.name))];
  const strings = Buffer.from(`\0entrypoint\0${syscalls.map((name) => `${name}\0`).join('')}`, 'latin1');
  const sectionNames = Buffer.from('\0.text\0.dynsym\0.dynstr\0.rel.dyn\0.dynamic\0.shstrtab\0', 'latin1');

  const code = place(text);
  const symbols = place(
    Buffer.concat([
      symbol(0, 0, 0, 0, 0),
      ...syscalls.map((name) => symbol(strings.indexOf(`\0${name}\0`) + 1, 0x10, 0, 0, 0)),
      symbol(1, 0x12, 1, code.at, text.length),
    ]),
  );
  const names = place(strings);
  const relocations = place(
    Buffer.concat(
      calls.map((call) =>
        pair(BigInt(code.at + call.at * 8), (BigInt(syscalls.indexOf(call.name) + 1) << 32n) | 10n),
      ),
    ),
  );
  const dynamic = place(
    Buffer.concat(
      [
        [17, relocations.at],
        [18, relocations.size],
        [19, 16],
        [6, symbols.at],
        [11, 24],
        [5, names.at],
        [10, names.size],
        [0, 0],
      ].map(([tag = 0, value = 0]) => pair(BigInt(tag), BigInt(value))),
    ),
  );
  const shstrtab = place(sectionNames);
  const section = (
    name: string,
    type: number,
    flags: number,
    where: { at: number; size: number },
    link: number,
    info: number,
    entry: number,
  ) => {
    const bytes = Buffer.alloc(64);
    bytes.writeUInt32LE(name ? sectionNames.indexOf(`\0${name}\0`) + 1 : 0, 0);
    bytes.writeUInt32LE(type, 4);
    [flags, flags ? where.at : 0, where.at, where.size].forEach(
      (value, i) => void bytes.writeBigUInt64LE(BigInt(value), 8 + 8 * i),
    );
    bytes.writeUInt32LE(link, 40);
    bytes.writeUInt32LE(info, 44);
    bytes.writeBigUInt64LE(8n, 48);
    bytes.writeBigUInt64LE(BigInt(entry), 56);
    return bytes;
  };
  const sections = Buffer.concat([
    section('', 0, 0, { at: 0, size: 0 }, 0, 0, 0),
    section('.text', 1, 6, code, 0, 0, 0),
    section('.dynsym', 11, 2, symbols, 3, 1, 24),
    section('.dynstr', 3, 2, names, 0, 0, 0),
    section('.rel.dyn', 9, 2, relocations, 2, 0, 16),
    section('.dynamic', 6, 3, dynamic, 3, 0, 16),
    section('.shstrtab', 3, 0, shstrtab, 0, 0, 0),
  ]);
  const head = Buffer.alloc(64);
  head.write('\x7fELF', 0, 'latin1');
  head[4] = 2; // 64 bit
  head[5] = 1; // little endian
  head[6] = 1;
  head.writeUInt16LE(3, 16); // shared object
  head.writeUInt16LE(247, 18); // EM_BPF
  head.writeUInt32LE(1, 20);
  head.writeBigUInt64LE(BigInt(code.at), 24);
  head.writeBigUInt64LE(BigInt(end), 40);
  head.writeUInt16LE(64, 52);
  head.writeUInt16LE(56, 54);
  head.writeUInt16LE(64, 58);
  head.writeUInt16LE(7, 60);
  head.writeUInt16LE(6, 62);
  return new Uint8Array(Buffer.concat([head, ...parts, sections]));
}

function symbol(name: number, info: number, section: number, value: number, size: number): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt32LE(name, 0);
  bytes[4] = info;
  bytes.writeUInt16LE(section, 6);
  bytes.writeBigUInt64LE(BigInt(value), 8);
  bytes.writeBigUInt64LE(BigInt(size), 16);
  return bytes;
}

function pair(a: bigint, b: bigint): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(a, 0);
  bytes.writeBigUInt64LE(b, 8);
  return bytes;
}
