import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parseInstalled } from '../../../src/packages/apk/database/installed.ts';
import { readStoredScripts } from '../../../src/packages/apk/install/scripts-archive.ts';
import type { MadePackage } from '../../../src/packages/apk/testing/build-package.ts';
import type { MadeMember } from '../../../src/packages/apk/testing/tar-writer.ts';
import type { ApkFile, InstalledApk } from '../../../src/packages/apk/types.ts';

/** Every package of a root once more with a higher revision: the same files, and the distribution's own scripts and triggers. */
export function rebuildPackages(root: string): readonly MadePackage[] {
  const database = join(root, 'lib/apk/db');
  const installed = parseInstalled(readFileSync(join(database, 'installed'), 'latin1'), 'installed');
  const scripts = readStoredScripts(readFileSync(join(database, 'scripts.tar')), 'scripts.tar');
  const triggers = readFileSync(join(database, 'triggers'), 'latin1').split('\n');
  const versions = new Map(installed.map(({ name, version }) => [name, version]));
  const renewed = (text: string): string => {
    const [name = '', version] = text.split('=');
    return version !== undefined && versions.get(name) === version ? `${name}=${raised(version)}` : text;
  };
  return installed.map((record): MadePackage => {
    const patterns = triggers
      .find((line) => line.startsWith(`${record.identity} `))
      ?.split(' ')
      .slice(1);
    return {
      name: record.name,
      version: raised(record.version),
      architecture: record.arch,
      origin: record.origin,
      members: record.directories.flatMap((directory) => members(root, directory)),
      scripts: Object.fromEntries(
        scripts
          .filter(({ identity }) => identity === record.identity)
          .map(({ type, content }) => [type, Buffer.from(content).toString('latin1')]),
      ),
      depends: record.depends.map(renewed),
      provides: record.provides,
      installIf: record.installIf.map(renewed),
      replaces: record.replaces,
      ...(patterns === undefined ? {} : { triggers: patterns }),
    };
  });
}

function raised(version: string): string {
  return version.replace(/-r\d+$/, '-r99');
}

function members(root: string, { path, acl, files }: InstalledApk['directories'][number]): MadeMember[] {
  const owner = { uid: acl?.uid ?? 0, gid: acl?.gid ?? 0, uname: '', gname: '' };
  const own: MadeMember[] = path === '' ? [] : [{ name: path, type: 'directory', mode: acl?.mode ?? 0o755, ...owner }];
  return [...own, ...files.map((file) => member(root, path, file))];
}

function member(root: string, directory: string, { name, acl }: ApkFile): MadeMember {
  const relative = directory === '' ? name : `${directory}/${name}`;
  const common = {
    name: relative,
    mode: acl?.mode ?? 0o644,
    uid: acl?.uid ?? 0,
    gid: acl?.gid ?? 0,
    uname: '',
    gname: '',
  };
  const path = join(root, relative);
  if (lstatSync(path).isSymbolicLink()) return { ...common, type: 'symlink', target: readlinkSync(path) };
  return { ...common, content: readFileSync(path) };
}
