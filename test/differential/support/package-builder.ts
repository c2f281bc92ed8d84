import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a path of a made-up package is: a file's content, or something else. */
export type Content =
  | string
  | { readonly link: string }
  | { readonly hardLinkTo: string }
  | { readonly directory: true; readonly mode?: number }
  | { readonly text: string; readonly mode: number };

export interface MadePackage {
  readonly name: string;
  readonly version: string;
  /** Fields besides Package, Version, Architecture, Maintainer and Description; `Architecture` may be replaced. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, Content>>;
  readonly conffiles?: readonly string[];
  /** Other control members by name: `triggers`, `md5sums`. */
  readonly control?: Readonly<Record<string, string>>;
}

const DATE = 1_600_000_000;

/** Builds a .deb with dpkg-deb; every time in it is fixed, so that two builds are the same. */
export function buildPackage(made: MadePackage, directory: string): string {
  const architecture = made.fields?.['Architecture'] ?? 'all';
  const root = join(directory, `${made.name}_${made.version}_${architecture}`);
  mkdirSync(join(root, 'DEBIAN'), { recursive: true, mode: 0o755 });
  const fields = {
    ...{ Package: made.name, Version: made.version, Architecture: 'all', Maintainer: 'Test <test@example.org>' },
    ...made.fields,
    Description: `made-up package ${made.name}`,
  };
  writeFileSync(
    join(root, 'DEBIAN/control'),
    Object.entries(fields)
      .map(([name, value]) => `${name}: ${value}\n`)
      .join(''),
  );
  if (made.conffiles !== undefined) {
    writeFileSync(join(root, 'DEBIAN/conffiles'), made.conffiles.map((line) => `${line}\n`).join(''));
  }
  for (const [name, text] of Object.entries(made.control ?? {})) writeFileSync(join(root, 'DEBIAN', name), text);
  for (const [path, content] of Object.entries(made.files)) place(root, path, content, made.version);
  const deb = `${root}.deb`;
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '-b', root, deb], {
    stdio: 'pipe',
    env: { ...process.env, SOURCE_DATE_EPOCH: `${DATE}` },
  });
  return deb;
}

function place(root: string, path: string, content: Content, version: string): void {
  const target = join(root, path);
  mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
  if (typeof content === 'string' || 'text' in content) {
    writeFileSync(target, typeof content === 'string' ? content : content.text);
    chmodSync(target, typeof content === 'string' ? 0o644 : content.mode);
    // Versions differ in time as real ones do.
    const time = DATE - 1000 + version.length + version.charCodeAt(0);
    utimesSync(target, time, time);
  } else if ('link' in content) symlinkSync(content.link, target);
  else if ('hardLinkTo' in content) linkSync(join(root, content.hardLinkTo), target);
  else {
    mkdirSync(target, { recursive: true });
    chmodSync(target, content.mode ?? 0o755);
  }
}
