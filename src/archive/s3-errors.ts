/**
 * Turns what an S3-compatible store refuses, or the SDK cannot do, into our errors, which say which variable
 * is wrong and what to do.
 */
import { messageOf, NdxError } from '../runtime/errors.js';

const BUCKET = new Set([
  'NoSuchBucket',
  'InvalidBucketName',
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);
const DENIED = new Set([
  'AccessDenied',
  'Forbidden',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
  'AccountProblem',
  'AllAccessDisabled',
]);
/** Errors of the SDK before any request is sent. */
const NO_CREDENTIALS = new Set(['CredentialsProviderError', 'TokenProviderError']);

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/**
 * @param place bucket and prefix, for people
 * @returns NdxError CONFIG_INVALID when bucket, region or credentials are wrong; else ARCHIVE_UNREACHABLE
 * (retryable). The messages of the SDK and of stores contain no secrets, so they are passed on
 */
export function s3Error(error: unknown, place: string): NdxError {
  const name = nameOf(error);
  const message = messageOf(error);
  const config = (advice: string) =>
    new NdxError('CONFIG_INVALID', `the archive ${place}: ${advice} (${name}: ${message})`, { cause: error });
  if (NO_CREDENTIALS.has(name))
    return config(
      'no credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role',
    );
  if (/^Region is missing/.test(message)) return config('its region is not known: set NDX_ARCHIVE_S3_REGION');
  if (BUCKET.has(name))
    return config('check the bucket in NDX_ARCHIVE, NDX_ARCHIVE_S3_REGION and NDX_ARCHIVE_S3_ENDPOINT');
  if (DENIED.has(name))
    return config('the store refuses our credentials: they need to list, get, put and delete there');
  const endpoint = 'check NDX_ARCHIVE_S3_ENDPOINT, or wait until the store answers again';
  return new NdxError(
    'ARCHIVE_UNREACHABLE',
    `the archive ${place} cannot be used now: ${endpoint} (${name}: ${message})`,
    {
      retryable: true,
      cause: error,
    },
  );
}
