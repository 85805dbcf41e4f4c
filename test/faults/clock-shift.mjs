// Loaded into a process under test (node --import): its wall clock is off by the milliseconds that stand in
// CLOCK_SHIFT_FILE.
import { readFileSync } from 'node:fs';

const RealDate = Date;
const file = process.env.CLOCK_SHIFT_FILE ?? '';
let shift = 0;
const look = () => {
  try {
    shift = Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    // Not there yet, or being written: the clock stays as it is.
  }
};
look();
setInterval(look, 200).unref();

globalThis.Date = class ShiftedDate extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + shift);
    else super(...args);
  }
  static now() {
    return RealDate.now() + shift;
  }
};
