import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { ByteString } from '../../../core/bytes.ts';
import { SutureError } from '../../../core/errors/error.ts';
import { checkLimit, LIMITS } from '../../../core/limits.ts';
import type { TarMember } from '../../../oci/tar/entry.ts';
import { type DataMember, readDataMembers } from './data-members.ts';
import { packageInvalid } from './invalid.ts';
import { type PackageInfo, parsePackageInfo } from './package-info.ts';
import { bytesOf, identityOf, readSegment, readSignedFile } from './segments.ts';
import type { Signature } from './signature.ts';

export const SCRIPT_TYPES = [
  'pre-install',
  'post-install',
  'pre-deinstall',
  'post-deinstall',
  'pre-upgrade',
  'post-upgrade',
  'trigger',
] as const;

export type ScriptType = (typeof SCRIPT_TYPES)[number];

/** A package in the v2 format, opened and proven against itself; its identity is to be compared with a signed index. */
export interface ApkArchive {
  readonly identity: string;
  readonly info: PackageInfo;
  /** Absent for packages that are proven by their identity in a signed index alone. */
  readonly signatures: readonly Signature[];
  /** What the signatures cover. */
  readonly control: Uint8Array;
  /** In the order of SCRIPT_TYPES. */
  readonly scripts: ReadonlyMap<ScriptType, Uint8Array>;
  readonly members: readonly DataMember[];
}

/** Expected facts of a package from a signed index. */
export interface ExpectedApk {
  readonly identity: string;
}

/**
 * Opens a package file. The chain of proof: `identity` (from a signed index) fixes the control segment, whose `datahash`
 * fixes the data segment; every byte of the file but its own signature is covered.
 * @throws SutureError PACKAGE_INVALID, PACKAGE_HASH_MISMATCH, LIMIT_EXCEEDED; FILE_UNREADABLE when there is no such file
 */
export function openApk(file: string, expected?: ExpectedApk): ApkArchive {
  const what = basename(file);
  return readApk(readPackageFile(file, what), what, expected);
}

/** As `openApk`, for the bytes of a package. */
export function readApk(bytes: Uint8Array, what: string, expected?: ExpectedApk): ApkArchive {
  const { signatures, rest } = readSignedFile(bytes, LIMITS.wholeFile * 4, what);
  const [controlMember, ...dataMembers] = rest;
  if (controlMember === undefined) throw packageInvalid(what, 'it has no control segment');
  checkLimit(`${what}, control segment,`, controlMember.content.length, LIMITS.packageControl);
  const control = bytesOf(bytes, [controlMember]);
  const identity = identityOf(control);
  if (expected !== undefined && identity !== expected.identity) {
    throw new SutureError(
      'PACKAGE_HASH_MISMATCH',
      `${what} has the identity ${identity}, not ${expected.identity} as the signed index says`,
    );
  }
  const controlFiles = readSegment(controlMember.content, `${what}, control segment`);
  const info = packageInfo(controlFiles, what);
  const data = bytesOf(bytes, dataMembers);
  checkData(data, info, what);
  const [only] = dataMembers;
  const content =
    dataMembers.length === 1 && only !== undefined
      ? only.content
      : Buffer.concat(dataMembers.map((member) => member.content));
  return {
    identity,
    info,
    signatures,
    control,
    scripts: scriptsOf(controlFiles),
    members: readDataMembers(readSegment(content, `${what}, data segment`), what),
  };
}

function readPackageFile(file: string, what: string): Buffer {
  try {
    const bytes = readFileSync(file);
    checkLimit(what, bytes.length, LIMITS.wholeFile);
    return bytes;
  } catch (error) {
    if (error instanceof SutureError) throw error;
    throw new SutureError('FILE_UNREADABLE', `the package file ${file} cannot be read`, { cause: error });
  }
}

function packageInfo(files: readonly TarMember[], what: string): PackageInfo {
  const file = files.find(({ name, type }) => name === '.PKGINFO' && type === 'file');
  if (file === undefined) throw packageInvalid(what, 'its control segment has no .PKGINFO');
  return parsePackageInfo(file.data, what);
}

function checkData(data: Uint8Array, { dataHash }: PackageInfo, what: string): void {
  if (dataHash === undefined) {
    if (data.length === 0) return;
    throw packageInvalid(what, '.PKGINFO has no datahash, so that nothing proves the data');
  }
  const actual = createHash('sha256').update(data).digest('hex');
  if (actual === dataHash) return;
  throw new SutureError(
    'PACKAGE_HASH_MISMATCH',
    `the data segment of ${what} has the hash ${actual}, not ${dataHash} as its .PKGINFO says`,
  );
}

function scriptsOf(files: readonly TarMember[]): ReadonlyMap<ScriptType, Uint8Array> {
  const byName = new Map<ByteString, Uint8Array>(files.map(({ name, data }) => [name, data]));
  return new Map(
    SCRIPT_TYPES.flatMap((type): [ScriptType, Uint8Array][] => {
      const text = byName.get(`.${type}`);
      return text === undefined ? [] : [[type, text]];
    }),
  );
}
