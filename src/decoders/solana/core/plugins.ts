/**
 * What the plugins of a Core asset or collection say: the royalty with its creators, and whether it is
 * frozen. Source: mpl-core's `Plugin` and `PluginAuthority` enums.
 */
import type { NftDescription } from '../../../events/event.js';
import type { ByteReader } from '../bytes.js';
import { type Creator, termsOf } from '../metadata/creators.js';

const ROYALTIES = 0;
/** FreezeDelegate and PermanentFreezeDelegate. */
const FREEZES: ReadonlySet<number> = new Set([1, 5]);

/**
 * Reads `Option<Vec<{ plugin, authority? }>>`, with which an asset is created, up to the first plugin that
 * is not known here.
 * @throws RangeError on truncated data
 */
export function readPlugins(reader: ByteReader): NftDescription {
  let says: NftDescription = {};
  if (reader.left === 0) return says;
  const count = reader.option(() => reader.u32()) ?? 0;
  for (let i = 0; i < count; i++) {
    const plugin = readPlugin(reader);
    if (plugin === null) break;
    says = { ...says, ...plugin };
    reader.option(() => {
      if (reader.u8() === 3) reader.bytes(32);
    });
  }
  return says;
}

/**
 * What one plugin says, when it is added or updated; null: it is not known here.
 * @throws RangeError on truncated data
 */
export function readPlugin(reader: ByteReader): NftDescription | null {
  const plugin = reader.u8();
  if (plugin === ROYALTIES) return readRoyalties(reader);
  if (FREEZES.has(plugin)) return { state: reader.u8() === 1 ? 'frozen' : 'free' };
  return skipPlugin(plugin, reader) ? {} : null;
}

/** What holds when the plugin of this number is gone. @param alone no collection stands in for it */
export function withoutPlugin(plugin: number, alone: boolean): NftDescription {
  if (FREEZES.has(plugin)) return { state: 'free' };
  return plugin === ROYALTIES && alone ? { royaltyBasisPoints: 0, creators: [] } : {};
}

/** Basis points, creators with their shares, and a rule set of programs. */
function readRoyalties(reader: ByteReader): NftDescription {
  const royalty = reader.u16();
  const count = reader.u32();
  if (count * 33 > reader.left) throw new RangeError(`${count} creators in ${reader.left} bytes`);
  const creators = Array.from(
    { length: count },
    (): Creator => ({ address: reader.key(), verified: false, share: reader.u8() }),
  );
  if (reader.u8() !== 0) for (let left = reader.u32(); left > 0; left--) reader.bytes(32);
  // Nobody signs as a creator here: who created the asset, its instruction says.
  const { creator: _, ...terms } = termsOf(creators, royalty);
  return terms;
}

function skipPlugin(plugin: number, reader: ByteReader): boolean {
  const list = (skip: () => void) => {
    for (let left = reader.u32(); left > 0; left--) skip();
  };
  switch (plugin) {
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
