import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../../script/types.ts';
import { readLink } from '../root-files.ts';
import { type Choice, LINK_DIRECTORY, type LinkGroup } from './group.ts';

/** Renames links of a registered group to those that an --install names, and takes over its slaves. */
export function evolve(
  context: CommandContext,
  group: LinkGroup,
  wanted: LinkGroup,
  choice: Choice,
  inform: (text: string) => void,
): void {
  const { tree } = context;
  const current = group.current;
  if (group.link !== wanted.link && tree.lstat(group.link)?.type === 'symlink') {
    inform(`renaming ${wanted.name} link from ${group.link} to ${wanted.link}`);
    rename(context, group.link, wanted.link);
  }
  if (group.link !== wanted.link) group.modified = true;
  group.link = wanted.link;
  for (const [name, slave] of wanted.slaves) {
    const old = group.slaves.get(name);
    let { updated } = slave;
    if (old === undefined) updated = true;
    else if (old.link !== slave.link && tree.lstat(old.link)?.type === 'symlink') {
      const file = current === choice.path ? choice.slaves.get(name) : readLink(context, `${LINK_DIRECTORY}/${name}`);
      if (file !== undefined && tree.stat(file) !== undefined) {
        inform(`renaming ${name} slave link from ${old.link} to ${slave.link}`);
        rename(context, old.link, slave.link);
      } else tree.remove(old.link);
      updated = true;
    }
    group.slaves.set(name, { link: slave.link, updated });
  }
}

function rename(context: CommandContext, from: ByteString, to: ByteString): void {
  const inode = context.tree.lstat(to);
  if (inode?.type === 'directory' || context.tree.resolveParent(to) === undefined) {
    context.notNative(`renaming ${from} to ${to}`);
  }
  context.tree.rename(from, to);
}
