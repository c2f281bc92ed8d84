import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type ByteString, byteStringToText } from '../../../core/bytes.ts';
import type { TarMember } from '../../../oci/tar/entry.ts';

/** A public key that packages or indexes may be signed with, under the name by which signatures call it. */
export interface TrustedKey {
  /** File name, for example `alpine-devel@lists.alpinelinux.org-616ae350.rsa.pub`. */
  readonly name: string;
  readonly key: KeyObject;
}

/** The key names of signatures, and what the member that carries them covers. */
export interface Signature {
  readonly algorithm: 'RSA-SHA1' | 'RSA-SHA256' | 'RSA-SHA512';
  readonly keyName: string;
  readonly bytes: Uint8Array;
}

export type SignatureVerdict =
  | { readonly kind: 'valid'; readonly keyName: string }
  | { readonly kind: 'unsigned' }
  /** Signed, but by no key that is trusted, or wrongly; for a person. */
  | { readonly kind: 'untrusted'; readonly detail: string };

const ALGORITHMS: ReadonlyMap<string, Signature['algorithm']> = new Map([
  ['RSA', 'RSA-SHA1'],
  ['RSA256', 'RSA-SHA256'],
  ['RSA512', 'RSA-SHA512'],
]);

/** `.SIGN.<algorithm>.<key name>`, apk-v2(5). Signatures of other algorithms are left out, as apk ignores them. */
export function readSignatures(members: readonly TarMember[]): Signature[] {
  return members.flatMap(({ name, type, data }) => {
    const [, algorithmName = '', keyName = ''] = /^\.SIGN\.([A-Z0-9]+)\.([^/]+)$/.exec(name) ?? [];
    const algorithm = ALGORITHMS.get(algorithmName);
    if (type !== 'file' || algorithm === undefined) return [];
    return [{ algorithm, keyName: byteStringToText(keyName), bytes: data }];
  });
}

/** One valid signature by a trusted key is enough; keys are looked up by name, as apk does in /etc/apk/keys. */
export function checkSignatures(
  signatures: readonly Signature[],
  signed: Uint8Array,
  keys: readonly TrustedKey[],
): SignatureVerdict {
  if (signatures.length === 0) return { kind: 'unsigned' };
  const why: string[] = [];
  for (const { algorithm, keyName, bytes } of signatures) {
    const named = keys.filter(({ name }) => name === keyName);
    if (named.length === 0) why.push(`the key ${keyName} is not trusted`);
    for (const { key } of named) {
      const options = { key, padding: constants.RSA_PKCS1_PADDING };
      if (verify(algorithm, signed, options, bytes)) return { kind: 'valid', keyName };
      why.push(`the signature by ${keyName} is wrong`);
    }
  }
  return { kind: 'untrusted', detail: [...new Set(why)].join(', ') };
}

/** A key file (PEM). Undefined when it is none, or not an RSA key of at least 2048 bits. */
export function parseTrustedKey(name: string, pem: ByteString): TrustedKey | undefined {
  try {
    const key = createPublicKey(Buffer.from(pem, 'latin1'));
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    return key.asymmetricKeyType === 'rsa' && bits >= 2048 ? { name, key } : undefined;
  } catch {
    return undefined;
  }
}
