/**
 * The royalty among the plugins that a Core asset is created with. Source: mpl-core's `Plugin` and
 * `PluginAuthority` enums.
 */
import type { ByteReader } from '../bytes.js';

const ROYALTIES = 0;

/**
 * Reads `Option<Vec<{ plugin, authority? }>>`. The royalty in hundredths of a percent; null when none stands
 * before the first plugin that is not known here.
 * @throws RangeError on truncated data
 */
export function readRoyalties(reader: ByteReader): number | null {
  if (reader.left === 0) return null;
  const count = reader.option(() => reader.u32()) ?? 0;
  for (let i = 0; i < count; i++) {
    const plugin = reader.u8();
    if (plugin === ROYALTIES) return reader.u16();
    if (!skipPlugin(plugin, reader)) return null;
    reader.option(() => {
      if (reader.u8() === 3) reader.bytes(32);
    });
  }
  return null;
}

function skipPlugin(plugin: number, reader: ByteReader): boolean {
  const list = (skip: () => void) => {
    for (let left = reader.u32(); left > 0; left--) skip();
  };
  switch (plugin) {
    case 1:
    case 5:
    case 16:
    case 17:
      reader.u8();
      return true;
    case 2:
    case 3:
    case 7:
    case 8:
    case 11:
    case 12:
    case 15:
      return true;
    case 4:
      list(() => reader.bytes(32));
      return true;
    case 6:
      list(() => {
        reader.string();
        reader.string();
      });
      return true;
    case 9:
      reader.u32();
      return true;
    case 10:
      reader.option(() => reader.u32());
      reader.option(() => reader.string());
      reader.option(() => reader.string());
      return true;
    case 13:
      list(() => reader.bytes(33));
      return true;
    case 14:
      list(() => {
        reader.bytes(32);
        reader.string();
      });
      return true;
    default:
      return false;
  }
}
