/** Opens the archive that the configuration names. The S3 client is loaded only where it is used. */
import { resolve } from 'node:path';
import type { Archive } from './archive.js';
import { createDirectoryArchive } from './directory.js';
import type { S3Place } from './s3.js';

export type ArchivePlace =
  | ({ readonly kind: 's3' } & S3Place)
  | { readonly kind: 'directory'; readonly path: string };

/** @param signal ends the requests that are under way (S3 only) */
export async function openArchive(place: ArchivePlace, signal: AbortSignal): Promise<Archive> {
  if (place.kind === 'directory') return createDirectoryArchive(resolve(place.path));
  const { createS3Archive } = await import('./s3.js');
  return createS3Archive({ ...place, signal });
}
