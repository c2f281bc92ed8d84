import type { ByteString } from '../../../../core/bytes.ts';
import { dirname } from '../../../script/commands/paths.ts';
import type { CommandContext } from '../../../script/types.ts';
import { requireSystemRoot } from '../require-system-root.ts';
import { makePath, placeLink, readLink, replaceFile } from '../root-files.ts';
import { baseName, findUnit, type Instance, linkClosure, readUnitLines, type UnitLink } from './unit-file.ts';

const ENABLED: Readonly<Record<Instance, ByteString>> = {
  system: '/var/lib/systemd/deb-systemd-helper-enabled',
  user: '/var/lib/systemd/deb-systemd-user-helper-enabled',
};
const MASKED: Readonly<Record<Instance, ByteString>> = {
  system: '/var/lib/systemd/deb-systemd-helper-masked',
  user: '/var/lib/systemd/deb-systemd-user-helper-masked',
};

const SYSTEMCTL = ['/bin/systemctl', '/usr/bin/systemctl'];

/** `deb-systemd-helper`: keeps the links of units and what it knows about them in /var/lib/systemd (deb-systemd-helper(1p)). */
export function debSystemdHelper(context: CommandContext): number {
  requireSystemRoot(context);
  if (context.environment.has('_DEB_SYSTEMD_HELPER_DEBUG')) context.notNative('_DEB_SYSTEMD_HELPER_DEBUG');
  const words = context.argv.slice(1);
  let instance: Instance = 'system';
  let quiet = false;
  while (words[0]?.startsWith('-') === true) {
    const option = words.shift();
    if (option === '--user') instance = 'user';
    else if (option === '--system') instance = 'system';
    else if (option === '--quiet') quiet = true;
    else if (option === '--') break;
    else return context.notNative(`option ${option}`);
  }
  const [action, ...units] = words;
  if (action === undefined) return context.notNative('no action');
  if (units.some((unit) => unit.startsWith('-'))) return context.notNative(`units ${units.join(' ')}`);
  if ((context.environment.get('DPKG_MAINTSCRIPT_PACKAGE') ?? '') === '') {
    context.stderr(`${context.argv[0]} was not called from dpkg. Exiting.\n`);
    return 1;
  }
  const purge = action === 'purge' || context.environment.get('_DEB_SYSTEMD_HELPER_PURGE') === '1';
  return new SystemdHelper(context, instance, purge, quiet).run(action, units);
}

class SystemdHelper {
  readonly #context: CommandContext;
  readonly #instance: Instance;
  readonly #purge: boolean;
  readonly #quiet: boolean;

  constructor(context: CommandContext, instance: Instance, purge: boolean, quiet: boolean) {
    this.#context = context;
    this.#instance = instance;
    this.#purge = purge;
    this.#quiet = quiet;
  }

  run(action: ByteString, units: readonly ByteString[]): number {
    let status = ['is-enabled', 'was-enabled', 'debian-installed'].includes(action) ? 1 : 0;
    for (const unit of units) {
      const path = findUnit(this.#context, unit, this.#instance);
      const result = this.#act(action, unit, path);
      if (result === 'error') return 1;
      if (result === 'yes') status = 0;
    }
    return status;
  }

  #act(action: ByteString, unit: ByteString, path: ByteString): 'yes' | 'no' | 'done' | 'error' {
    switch (action) {
      case 'is-enabled':
        return this.#report(linkClosure(this.#context, path, this.#instance)?.every((link) => this.#isLink(link.path)));
      case 'was-enabled':
        return this.#report(this.#recorded(unit).every((link) => this.#isLink(link)));
      case 'debian-installed':
        return this.#isInstalled(unit) ? 'yes' : 'no';
      case 'update-state':
        return this.#updateState(unit, path);
      case 'enable':
        return this.#enable(unit, path);
      case 'reenable':
        this.#removeLinks(path);
        return this.#makeLinks(unit, path, true);
      case 'disable':
      case 'purge':
        this.#disable(path);
        return 'done';
      case 'mask':
        return this.#mask(path);
      case 'unmask':
        this.#unmask(path);
        return 'done';
      default:
        return this.#context.notNative(`action ${action}`);
    }
  }

  #report(isEnabled: boolean | undefined): 'yes' | 'no' | 'error' {
    if (isEnabled === undefined) return this.#unreadable();
    if (!this.#quiet) this.#context.stderr(isEnabled ? 'enabled\n' : 'disabled\n');
    return isEnabled ? 'yes' : 'no';
  }

  #unreadable(): 'error' {
    this.#context.stderr(`${this.#context.argv[0]}: error: unable to read a unit file\n`);
    return 'error';
  }

  #isLink(path: ByteString): boolean {
    return this.#context.tree.lstat(path)?.type === 'symlink';
  }

  #stateFile(unit: ByteString): ByteString {
    return `${ENABLED[this.#instance]}/${baseName(unit)}.dsh-also`;
  }

  #isInstalled(unit: ByteString): boolean {
    return this.#context.tree.stat(this.#stateFile(unit))?.type === 'file';
  }

  /** Links that the state file of a unit lists. */
  #recorded(unit: ByteString): readonly ByteString[] {
    const text = this.#context.tree.readText(this.#stateFile(unit)) ?? '';
    return text === '' ? [] : text.replace(/\n$/, '').split('\n');
  }

  /** The state of a link: an empty file below the state directory instead of /etc/systemd. */
  #linkState(link: ByteString, directories: Readonly<Record<Instance, ByteString>>): ByteString {
    const prefix = `/etc/systemd/${this.#instance}/`;
    if (!link.startsWith(prefix)) return this.#context.notNative(`link ${link} in a state file`);
    return `${directories[this.#instance]}/${link.slice(prefix.length)}`;
  }

  #updateState(unit: ByteString, path: ByteString): 'done' | 'error' {
    const links = linkClosure(this.#context, path, this.#instance);
    if (links === undefined) return this.#unreadable();
    const state = this.#stateFile(unit);
    makePath(this.#context, dirname(state));
    replaceFile(this.#context, state, links.map((link) => `${link.path}\n`).join(''));
    return 'done';
  }

  #enable(unit: ByteString, path: ByteString): 'done' | 'error' {
    const hasSystemctl = SYSTEMCTL.some((program) => {
      const inode = this.#context.tree.stat(program);
      return inode?.type === 'file' && (inode.mode & 0o111) !== 0;
    });
    if (!hasSystemctl) return this.#makeLinks(unit, path, true);
    if (!this.#isInstalled(unit)) return this.#context.notNative(`systemctl preset of ${unit}`);
    const links = linkClosure(this.#context, path, this.#instance);
    if (links === undefined) return this.#unreadable();
    return this.#makeLinks(
      unit,
      path,
      links.some((link) => this.#isLink(link.path)),
    );
  }

  #makeLinks(unit: ByteString, path: ByteString, createLinks: boolean): 'done' | 'error' {
    const links = linkClosure(this.#context, path, this.#instance);
    if (links === undefined) return this.#unreadable();
    for (const link of links) this.#makeLink(unit, link, createLinks);
    return 'done';
  }

  #makeLink(unit: ByteString, link: UnitLink, createLinks: boolean): void {
    const { tree } = this.#context;
    this.#record(unit, link.path);
    const state = this.#linkState(link.path, ENABLED);
    if (tree.stat(state) !== undefined) return;
    if (createLinks && !this.#isLink(link.path)) {
      makePath(this.#context, dirname(link.path));
      if (tree.lstat(link.path) !== undefined) this.#context.notNative(`${link.path} is in the way`);
      placeLink(this.#context, link.target, link.path);
    }
    makePath(this.#context, dirname(state));
    replaceFile(this.#context, state, '');
  }

  #record(unit: ByteString, link: ByteString): void {
    const state = this.#stateFile(unit);
    const text = this.#context.tree.readText(state) ?? '';
    if (text !== '' && !text.endsWith('\n')) this.#context.notNative(`${state} without a newline at its end`);
    makePath(this.#context, dirname(state));
    replaceFile(this.#context, state, this.#recorded(unit).includes(link) ? text : `${text}${link}\n`);
  }

  #disable(path: ByteString): void {
    this.#removeLinks(path);
    for (const directory of Object.values(ENABLED)) this.#removeEmpty(directory);
    for (const base of ['/etc/systemd/system', '/etc/systemd/user']) {
      for (const directory of this.#subdirectories(base)) this.#removeEmpty(directory);
    }
  }

  #removeLinks(path: ByteString, depth = 0): void {
    const { tree } = this.#context;
    // Units that name each other in Also= make the real program recurse without end.
    if (depth > 50) this.#context.notNative(`units that name each other, like ${path}`);
    const state = this.#stateFile(path);
    const links = this.#recorded(path);
    if (this.#purge) this.#unlink(state);
    for (const link of links) {
      const isLink = this.#isLink(link);
      if (this.#purge || isLink) this.#unlink(this.#linkState(link, ENABLED));
      if (isLink) tree.remove(link);
    }
    for (const line of readUnitLines(this.#context, path) ?? []) {
      const also = /^\s*Also=(.+)$/i.exec(line)?.[1];
      if (also !== undefined) this.#removeLinks(findUnit(this.#context, also, this.#instance), depth + 1);
      this.#context.step(1);
    }
  }

  #unlink(path: ByteString): void {
    const inode = this.#context.tree.lstat(path);
    if (inode !== undefined && inode.type !== 'directory') this.#context.tree.remove(path);
  }

  /** Directories that a shell pattern `<directory>/*` matches. */
  #subdirectories(directory: ByteString): readonly ByteString[] {
    return this.#context.tree
      .readdir(directory)
      .filter((name) => !name.startsWith('.'))
      .map((name) => `${directory}/${name}`)
      .filter((path) => this.#context.tree.stat(path)?.type === 'directory');
  }

  #removeEmpty(directory: ByteString): void {
    this.#context.step(1);
    for (const below of this.#subdirectories(directory)) this.#removeEmpty(below);
    const isDirectory = this.#context.tree.lstat(directory)?.type === 'directory';
    if (isDirectory && this.#context.tree.readdir(directory).length === 0) this.#context.tree.remove(directory);
  }

  #maskLink(path: ByteString): ByteString {
    return `/etc/systemd/${this.#instance}/${baseName(path)}`;
  }

  #mask(path: ByteString): 'done' {
    const link = this.#maskLink(path);
    const { tree } = this.#context;
    // -e follows links: /dev/null, which an image has not, exists where the program runs.
    if (readLink(this.#context, link) === '/dev/null' || tree.stat(link) !== undefined) return 'done';
    if (tree.lstat(link)?.type === 'symlink' && readLink(this.#context, link)?.startsWith('/dev/') === true) {
      return this.#context.notNative(`link ${link} to a device`);
    }
    makePath(this.#context, dirname(link));
    placeLink(this.#context, '/dev/null', link);
    const state = this.#linkState(link, MASKED);
    makePath(this.#context, dirname(state));
    replaceFile(this.#context, state, '');
    return 'done';
  }

  #unmask(path: ByteString): void {
    const link = this.#maskLink(path);
    const state = this.#linkState(link, MASKED);
    if (readLink(this.#context, link) === '/dev/null' && this.#context.tree.stat(state) !== undefined) {
      this.#context.tree.remove(link);
      this.#unlink(state);
    }
    for (const directory of Object.values(MASKED)) this.#removeEmpty(directory);
  }
}
