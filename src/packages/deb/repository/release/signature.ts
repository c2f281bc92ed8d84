import type { Config, PublicKey, Signature } from 'openpgp';
import { SutureError } from '../../../../core/errors/error.ts';
import type { SignedBy } from '../configuration/source.ts';
import { type Keyring, messageOf } from './keyring.ts';

/** What was signed: the lines of a clear-signed text, or a whole file with a detached signature. */
export type SignedContent =
  | { readonly kind: 'lines'; readonly lines: readonly string[] }
  | { readonly kind: 'file'; readonly bytes: Uint8Array };

export interface VerificationRequest {
  /** Names the signed file in messages. */
  readonly what: string;
  readonly content: SignedContent;
  /** Armored, or binary. */
  readonly signature: string | Uint8Array;
  readonly keyring: Keyring;
  /** When not empty, only these keys of the keyring count. */
  readonly fingerprints: readonly Extract<SignedBy, { kind: 'fingerprint' }>[];
  /** Latest time a signature may be made at, in milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Proves that at least one signature is valid and by an allowed key, as gpgv does for apt: the key was neither expired nor
 * revoked when it signed (a compromised key counts as revoked for all time), may sign, is RSA of at least 2048 bits or a
 * current elliptic curve, and the digest is neither MD5, SHA-1 nor RIPEMD. Signatures of other keys do no harm: archives
 * sign with the next key before clients know it.
 * @returns the fingerprints of the keys (of the subkey, when one signed) with a valid signature, upper-case hex
 * @throws SutureError REPOSITORY_UNTRUSTED with the reason for each signature
 */
export async function verifySignatures(request: VerificationRequest): Promise<string[]> {
  const signatures = await separateSignatures(request);
  const valid: string[] = [];
  const reasons: string[] = [];
  for (const signature of signatures) {
    const outcome = await judge(signature, request);
    if (outcome.valid) valid.push(outcome.fingerprint);
    else reasons.push(outcome.reason);
  }
  if (valid.length > 0) return [...new Set(valid)].toSorted();
  const where = request.keyring.names.length === 0 ? 'no keyring' : request.keyring.names.join(', ');
  const notes = request.keyring.notes.map((note) => `; ${note}`).join('');
  throw new SutureError(
    'REPOSITORY_UNTRUSTED',
    `${request.what} has no valid signature by a key of ${where}: ${reasons.join('; ') || 'it has no signature'}${notes}`,
  );
}

async function separateSignatures({ signature, what }: VerificationRequest): Promise<Signature[]> {
  const { readSignature, Signature: SignatureClass, PacketList } = await import('openpgp');
  try {
    const armored = typeof signature === 'string' ? signature : armoredText(signature);
    const all = await (armored === undefined
      ? readSignature({ binarySignature: signature as Uint8Array })
      : readSignature({ armoredSignature: armored }));
    return all.packets.map((packet) => {
      const list = new PacketList<typeof packet>();
      list.push(packet);
      return new SignatureClass(list as typeof all.packets);
    });
  } catch (error) {
    throw new SutureError('REPOSITORY_UNTRUSTED', `the signature of ${what} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function armoredText(bytes: Uint8Array): string | undefined {
  return (bytes[0] ?? 0) & 0x80 ? undefined : Buffer.from(bytes).toString('latin1');
}

type Outcome =
  | { readonly valid: true; readonly fingerprint: string }
  | { readonly valid: false; readonly reason: string };

async function judge(signature: Signature, request: VerificationRequest): Promise<Outcome> {
  const { enums } = await import('openpgp');
  const [packet] = signature.packets;
  if (packet === undefined) return { valid: false, reason: 'empty signature' };
  const keyId = packet.issuerKeyID.toHex().toUpperCase();
  if (packet.signatureType !== enums.signature.text && packet.signatureType !== enums.signature.binary) {
    return { valid: false, reason: `${keyId}: not a signature of a document` };
  }
  const candidates = request.keyring.keys.filter((key) => key.getKeys(packet.issuerKeyID).length > 0);
  let reason = 'this key is not trusted here';
  // The same key may lie in several keyrings, in one of them without its latest extension.
  for (const key of candidates) {
    const signer = (key.getKeys(packet.issuerKeyID)[0] ?? key).getFingerprint().toUpperCase();
    if (!isAllowed(key, signer, request.fingerprints)) {
      reason = 'Signed-By does not name this key';
      continue;
    }
    const failure = await failureOf(signature, key, request);
    if (failure === undefined) return { valid: true, fingerprint: signer };
    reason = failure;
  }
  return { valid: false, reason: `${keyId}: ${reason}` };
}

/** A fingerprint stands for that key and, unless marked with `!`, for the subkeys of that primary key (sources.list(5)). */
function isAllowed(key: PublicKey, signer: string, fingerprints: VerificationRequest['fingerprints']): boolean {
  if (fingerprints.length === 0) return true;
  const primary = key.getFingerprint().toUpperCase();
  return fingerprints.some(({ fingerprint, exact }) => fingerprint === signer || (!exact && fingerprint === primary));
}

async function failureOf(
  signature: Signature,
  key: PublicKey,
  { content, now }: VerificationRequest,
): Promise<string | undefined> {
  const { createMessage, verify } = await import('openpgp');
  try {
    const settings = { signature, verificationKeys: [key], date: new Date(now), config: await strictConfig() };
    const { signatures } =
      content.kind === 'file'
        ? await verify({ ...settings, message: await createMessage({ binary: content.bytes }), format: 'binary' })
        : await verify({ ...settings, message: await createMessage({ text: signedText(content.lines) }) });
    const [result] = signatures;
    if (result === undefined) return 'no signature of a document';
    await result.verified;
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function strictConfig(): Promise<Partial<Config>> {
  const { enums } = await import('openpgp');
  const { md5, sha1, ripemd } = enums.hash;
  return {
    minRSABits: 2048,
    rejectMessageHashAlgorithms: new Set([md5, sha1, ripemd]),
    // A key that was extended after it signed has only the later self-signature left in a minimal keyring; gpgv accepts it
    // while the key is valid now, and so does this.
    allowInsecureVerificationWithReformattedKeys: true,
  };
}

/** Line ends are CR LF under a signature of text, and the last one before the signature is not part of it. */
function signedText(lines: readonly string[]): string {
  const bytes = Buffer.from(lines.join('\r\n'), 'latin1');
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}
