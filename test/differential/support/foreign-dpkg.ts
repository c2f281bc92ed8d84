import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Programs of a package: a root of another architecture cannot run them, so dpkg must not see them. */
const SCRIPTS = ['preinst', 'postinst', 'prerm', 'postrm'];
const PROGRAMS = new RegExp(`\\.(?:${SCRIPTS.join('|')})$`);

const DPKG = ['--force-architecture', '--force-confold', '--force-depends', '--force-unsafe-io', '--no-triggers'];

export interface ForeignRun {
  /** Seconds since the epoch around it. */
  readonly start: number;
  readonly end: number;
}

/**
 * Lets dpkg unpack and configure packages in a root whose programs this machine cannot run: without maintainer scripts and
 * triggers, which are put back into the database afterwards as the packages have them.
 */
export function unpackWithoutScripts(root: string, debs: readonly string[], work: string): ForeignRun {
  const info = join(root, 'var/lib/dpkg/info');
  const aside = mkdtempSync(join(work, 'aside-'));
  for (const name of programsIn(info)) renameSync(join(info, name), join(aside, name));
  const bare = debs.map((deb, at) => withoutScripts(deb, join(work, `deb-${at}`)));
  const start = Math.floor(Date.now() / 1000);
  const options = [...DPKG, `--log=${join(work, 'dpkg.log')}`, `--root=${root}`];
  execFileSync('dpkg', [...options, '--unpack', ...bare.map(({ file }) => file)], { stdio: 'pipe' });
  execFileSync('dpkg', [...options, '--configure', '--pending'], { stdio: 'pipe' });
  const end = Math.ceil(Date.now() / 1000);
  const replaced = new Set(bare.map(({ name }) => name));
  for (const name of programsIn(aside)) {
    const owner = name.replace(PROGRAMS, '').replace(/:.*$/, '');
    if (!replaced.has(owner)) cpSync(join(aside, name), join(info, name), { preserveTimestamps: true });
  }
  for (const { name, control } of bare) restoreScripts(info, name, control);
  return { start, end };
}

function programsIn(directory: string): string[] {
  return readdirSync(directory).filter((name) => PROGRAMS.test(name));
}

interface BarePackage {
  readonly name: string;
  readonly file: string;
  /** Directory of the control area as the package has it. */
  readonly control: string;
}

function withoutScripts(deb: string, directory: string): BarePackage {
  const name = execFileSync('dpkg-deb', ['-f', deb, 'Package'], { encoding: 'utf8' }).trim();
  execFileSync('dpkg-deb', ['-R', deb, directory], { stdio: 'pipe' });
  const control = `${directory}.control`;
  mkdirSync(control);
  for (const script of SCRIPTS) {
    const path = join(directory, 'DEBIAN', script);
    if (!existsSync(path)) continue;
    cpSync(path, join(control, script), { preserveTimestamps: true });
    rmSync(path);
  }
  const file = `${directory}.deb`;
  execFileSync('dpkg-deb', ['-Znone', '-b', directory, file], { stdio: 'pipe' });
  return { name, file, control };
}

/** dpkg names the files of a package by architecture where several can be installed. */
function restoreScripts(info: string, name: string, control: string): void {
  const list = readdirSync(info).find(
    (file) => file === `${name}.list` || /^[^:]+:[^.]+\.list$/.exec(file)?.[0].startsWith(`${name}:`),
  );
  if (list === undefined) throw new Error(`dpkg has no list of ${name}`);
  for (const script of readdirSync(control)) {
    const target = join(info, `${list.slice(0, -'.list'.length)}.${script}`);
    cpSync(join(control, script), target, { preserveTimestamps: true });
  }
}

/** Paragraphs of a status file by name, without what tells of triggers, which did not run. */
export function installedPackages(status: string): ReadonlyMap<string, string> {
  return new Map(
    status
      .split('\n\n')
      .filter((text) => text.trim() !== '')
      .map((text) => [
        /^Package: (.*)$/m.exec(text)?.[1] ?? '',
        text
          .replace(/^Triggers-(?:Pending|Awaited): .*\n/gm, '')
          .replace(/^Status: .*$/m, '')
          .trim(),
      ]),
  );
}

export function readStatus(root: string): string {
  return readFileSync(join(root, 'var/lib/dpkg/status'), 'latin1');
}
