/**
 * How secrets stand in the database. With NDX_SECRET_KEY they are sealed by AES-256-GCM, bound to their
 * endpoint and number; without it they stand plain, and `ndx doctor` says so. They have to be readable,
 * because messages are signed with them.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { NdxError } from '../../runtime/errors.js';

export interface Sealing {
  /** Whether what is sealed now can be read by the database alone. */
  readonly plain: boolean;
  /** @param owner what the secret belongs to: it opens for this owner only */
  seal(secret: string, owner: string): string;
  /** @throws NdxError CONFIG_INVALID when it was sealed with another key, or none is set */
  open(stored: string, owner: string): string;
}

const SEALED = /^sealed:([0-9a-f]{8}):([\w+/=]+):([\w+/=]+)$/;
const PLAIN = 'plain:';
const TAG_BYTES = 16;

/** Whether a stored secret is not sealed. */
function isPlain(stored: string): boolean {
  return stored.startsWith(PLAIN);
}

/** @param key 32 bytes; undefined: secrets stand plain */
export function createSealing(key: Buffer | undefined): Sealing {
  // Tells keys apart without telling the key.
  const name = key && createHash('sha256').update('ndx-key-name').update(key).digest('hex').slice(0, 8);
  return {
    plain: key === undefined,
    seal: (secret, owner) => {
      if (key === undefined) return PLAIN + secret;
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(owner));
      const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `sealed:${name}:${nonce.toString('base64')}:${sealed.toString('base64')}`;
    },
    open: (stored, owner) => {
      if (isPlain(stored)) return stored.slice(PLAIN.length);
      const [, by, nonce = '', text = ''] = SEALED.exec(stored) ?? [];
      if (key === undefined || by !== name)
        throw new NdxError(
          'CONFIG_INVALID',
          `the secret of ${owner} was sealed with another key: set NDX_SECRET_KEY to the one of then`,
        );
      const sealed = Buffer.from(text, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'));
      decipher.setAAD(Buffer.from(owner)).setAuthTag(sealed.subarray(-TAG_BYTES));
      try {
        return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]).toString();
      } catch (cause) {
        throw new NdxError('CONFIG_INVALID', `the secret of ${owner} was changed in the database`, { cause });
      }
    },
  };
}
