import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../../script/types.ts';
import { compareDebVersions } from '../../version/compare.ts';
import { findPackages } from '../dpkg/status-file.ts';
import { makePath, placeLink, readLink } from '../root-files.ts';
import { type Choice, LINK_DIRECTORY, type LinkGroup, type SlaveLink } from './group.ts';

/** Version of dpkg that first gave new links the time of their target. */
const KEEPS_TIMES_SINCE = '1.21.10';

/** The symlinks of one link group: `<link>` → `/etc/alternatives/<name>` → the file of the choice. */
export class GroupLinks {
  readonly #context: CommandContext;
  readonly #group: LinkGroup;
  readonly #force: boolean;

  constructor(context: CommandContext, group: LinkGroup, force: boolean) {
    this.#context = context;
    this.#group = group;
    this.#force = force;
  }

  /** Points all links to the choice; links of slaves that it has not are removed. */
  install(choice: Choice): void {
    this.#installOne(this.#group.name, this.#group.link, choice.path);
    for (const [name, { link }] of this.#group.slaves) {
      const file = choice.slaves.get(name);
      if (file !== undefined && this.#exists(file)) {
        this.#installOne(name, link, file);
        continue;
      }
      if (file !== undefined) {
        this.#group.warn(
          `skip creation of ${link} because associated file ${file} (of link group ${this.#group.name}) doesn't exist`,
        );
      }
      if (this.#kind(link) === 'other' && !this.#force) {
        this.#group.warn(`not removing ${link} since it's not a symlink`);
      } else this.#remove(link);
      this.#remove(`${LINK_DIRECTORY}/${name}`);
    }
  }

  #installOne(name: ByteString, link: ByteString, file: ByteString): void {
    makePath(this.#context, LINK_DIRECTORY);
    const middle = `${LINK_DIRECTORY}/${name}`;
    const isNew = { middle: !this.#exists(middle), link: !this.#exists(link) };
    this.#place(file, middle, isNew.middle);
    const kind = this.#kind(link);
    if (kind === 'other' && !this.#force) {
      this.#group.warn(`not replacing ${link} with a link`);
      return;
    }
    if (kind === 'link' && readLink(this.#context, link) === middle && !this.#force) return;
    this.#place(middle, link, isNew.link);
  }

  /** The link is renamed into place; its parent directory must be there. A new one gets the time of its target. */
  #place(target: ByteString, path: ByteString, isNew: boolean): void {
    const { tree } = this.#context;
    if (tree.lstat(path)?.type === 'directory') this.#context.notNative(`${path} is a directory`);
    if (tree.resolveParent(path) === undefined) this.#context.notNative(`no directory for ${path}`);
    placeLink(this.#context, target, path);
    const mtime = isNew && this.#keepsTimes() ? tree.lstat(target)?.mtime : undefined;
    if (mtime !== undefined) tree.setMetadata(path, { mtime }, true);
  }

  #keepsTimes(): boolean {
    const version = findPackages(this.#context.tree, 'dpkg')[0]?.field('Version');
    return version === undefined || compareDebVersions(version, KEEPS_TIMES_SINCE) >= 0;
  }

  /** Removes every link and the admin file is left to the caller. */
  removeAll(): void {
    const all = [[this.#group.name, this.#group.link] as const].concat(
      [...this.#group.slaves].map(([name, slave]) => [name, slave.link] as const),
    );
    for (const [name, link] of all) {
      if (this.#kind(link) !== 'other' || this.#force) this.#remove(link);
      this.#remove(`${LINK_DIRECTORY}/${name}`);
    }
  }

  /** Why links have to be made again though the choice stays: none, changed slaves, or broken links. */
  needsUpdate(): 'no' | 'slaves' | 'broken' {
    const group = this.#group;
    if (readLink(this.#context, group.link) !== `${LINK_DIRECTORY}/${group.name}`) return 'broken';
    const { current } = group;
    if (current === undefined) return 'broken';
    const choice = group.choice(current);
    if (choice === undefined) return 'no';
    let reason: 'no' | 'slaves' = 'no';
    for (const [name, slave] of group.slaves) {
      if (!this.#isBroken(name, slave, choice)) continue;
      if (!slave.updated) return 'broken';
      reason = 'slaves';
    }
    return reason;
  }

  #isBroken(name: ByteString, { link }: SlaveLink, choice: Choice): boolean {
    const middle = `${LINK_DIRECTORY}/${name}`;
    const file = choice.slaves.get(name);
    if (file !== undefined && this.#exists(file)) {
      return readLink(this.#context, link) !== middle || readLink(this.#context, middle) !== file;
    }
    return this.#kind(link) !== 'missing' || this.#kind(middle) !== 'missing';
  }

  #exists(file: ByteString): boolean {
    return this.#context.tree.stat(file) !== undefined;
  }

  #kind(path: ByteString): 'missing' | 'link' | 'other' {
    const inode = this.#context.tree.lstat(path);
    if (inode === undefined) return 'missing';
    return inode.type === 'symlink' ? 'link' : 'other';
  }

  #remove(path: ByteString): void {
    const inode = this.#context.tree.lstat(path);
    if (inode?.type === 'directory') this.#context.notNative(`${path} is a directory`);
    if (inode !== undefined) this.#context.tree.remove(path);
  }
}
