/** Files that servers give in place of JSON, told by their first bytes. */

const SIGNATURES: readonly (readonly [hex: string, what: string])[] = [
  ['89504e47', 'a picture (PNG)'],
  ['ffd8ff', 'a picture (JPEG)'],
  ['47494638', 'a picture (GIF)'],
  ['52494646', 'a picture or sound (RIFF)'],
  ['494433', 'sound (MP3)'],
  ['664c6143', 'sound (FLAC)'],
  ['4f676753', 'sound (Ogg)'],
  ['25504446', 'a PDF'],
  ['1f8b', 'packed (gzip)'],
  ['504b0304', 'packed (zip)'],
];

/** What the bytes are, when they are no text at all; null when they may be. */
export function signatureOf(bytes: Uint8Array): string | null {
  const head = Buffer.from(bytes.subarray(0, 12)).toString('hex');
  if (head.slice(8, 16) === '66747970') return 'a film or sound (MP4)';
  return SIGNATURES.find(([hex]) => head.startsWith(hex))?.[1] ?? null;
}
