import type { ByteString } from '../../../core/bytes.ts';
import { gzipWhole } from '../../../oci/compress/gzip-block.ts';
import { SCRIPT_TYPES } from '../archive/open.ts';
import type { PackageState } from './packages.ts';
import { writeStoredScripts } from './scripts-archive.ts';
import type { ApkState } from './state.ts';

/** Writes scripts.tar with the scripts of every package, in the order given. */
export function saveScripts(state: ApkState, packages: readonly PackageState[]): void {
  const { isVersion3, scriptTimes, scriptsFile } = state.database.dialect;
  const entries = packages.flatMap(({ name, version, identity, buildTime, scripts }) =>
    SCRIPT_TYPES.flatMap((type) => {
      const content = scripts.get(type);
      if (content === undefined) return [];
      const mtime = scriptTimes === 'run' || buildTime === 0 ? state.sourceDate : buildTime;
      return [{ name: `${name}-${version}.${isVersion3 ? hexadecimal(identity) : identity}.${type}`, content, mtime }];
    }),
  );
  const archive = writeStoredScripts(entries);
  state.write(scriptsFile, scriptsFile === 'scripts.tar' ? archive : gzipWhole(archive));
}

/** `Q1<base64>` as apk 3 writes it: `X1<hex>`. */
function hexadecimal(identity: ByteString): ByteString {
  return `X1${Buffer.from(identity.slice(2), 'base64').toString('hex')}`;
}
