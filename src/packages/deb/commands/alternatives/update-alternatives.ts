import type { ByteString } from '../../../../core/bytes.ts';
import { fail } from '../../../script/commands/paths.ts';
import type { CommandContext } from '../../../script/types.ts';
import { ALTERNATIVES_DIRECTORY } from '../../database/alternatives.ts';
import { requireSystemRoot } from '../require-system-root.ts';
import { makePath } from '../root-files.ts';
import { type Arguments, readArguments } from './arguments.ts';
import { displayGroup, queryGroup } from './display.ts';
import { evolve } from './evolve.ts';
import { LINK_DIRECTORY, LinkGroup } from './group.ts';
import { GroupLinks } from './links.ts';

/** `update-alternatives` (update-alternatives(1)); its log is not kept. */
export function updateAlternatives(context: CommandContext): number {
  requireSystemRoot(context);
  const given = readArguments(context);
  if (given.action === 'install') return install(context, given);
  const group = LinkGroup.load(context, given.name, true);
  if (group === undefined) {
    if (given.action === 'remove') return 0;
    fail(context, `error: no alternatives for ${given.name}`);
    return 2;
  }
  if (given.action === 'list') {
    for (const { path } of group.choices) context.stdout(`${path}\n`);
    return 0;
  }
  if (given.action === 'query' || given.action === 'display') {
    context.stdout(given.action === 'query' ? queryGroup(group) : displayGroup(group));
    return 0;
  }
  return change(context, given, group);
}

function change(context: CommandContext, given: Arguments, group: LinkGroup): number {
  const { current } = group;
  selectMode(context, group);
  let next: ByteString | undefined;
  if (given.action === 'set') {
    if (group.choice(given.path) === undefined) {
      fail(context, `error: alternative ${given.path} for ${given.name} not registered; not setting`);
      return 2;
    }
    group.setMode('manual');
    next = given.path;
  } else if (given.action === 'auto') {
    group.setMode('auto');
    next = group.best?.path;
    if (next === undefined) inform(context, given, `there is no program which provides ${given.name}`);
  } else if (given.action === 'remove-all') {
    group.choices = [];
  } else next = removeChoice(context, given, group, current);
  update(context, given, group, current, next);
  return 0;
}

function inform(context: CommandContext, { quiet }: Arguments, text: string): void {
  if (!quiet) context.stdout(`update-alternatives: ${text}\n`);
}

/** A link that someone changed by hand makes the group manual; one that dangles or is missing makes it automatic. */
function selectMode(context: CommandContext, group: LinkGroup): void {
  const { current } = group;
  if (current === undefined) {
    group.setMode('auto');
    return;
  }
  if (group.choice(current) !== undefined) return;
  const link = `${LINK_DIRECTORY}/${group.name}`;
  const file = current.startsWith('/') ? current : context.notNative(`${link} is relative`);
  if (context.tree.stat(file) === undefined) {
    group.warn(`${link} is dangling; it will be updated with best choice`);
    group.setMode('auto');
  } else if (group.mode !== 'manual') {
    group.warn(`${link} has been changed (manually or by a script); switching to manual updates only`);
    group.setMode('manual');
  }
}

function removeChoice(
  context: CommandContext,
  given: Arguments,
  group: LinkGroup,
  current: ByteString | undefined,
): ByteString | undefined {
  if (group.choice(given.path) !== undefined) {
    group.choices = group.choices.filter(({ path }) => path !== given.path);
    group.modified = true;
  }
  if (current !== given.path) return undefined;
  if (group.mode === 'manual') {
    inform(context, given, `removing manually selected alternative - switching ${group.name} to auto mode`);
    group.setMode('auto');
  }
  return group.best?.path;
}

function install(context: CommandContext, given: Arguments): number {
  checkOwnership(context, given);
  if (context.tree.stat(given.path) === undefined) {
    fail(context, `error: alternative path ${given.path} doesn't exist`);
    return 2;
  }
  const wanted = new LinkGroup(context, given.name, given.link);
  for (const { name, link } of given.slaves) wanted.slaves.set(name, { link, updated: false });
  const slaves = new Map(given.slaves.map(({ name, path }) => [name, path]));
  const choice = { path: given.path, priority: given.priority, slaves };
  const known = LinkGroup.load(context, given.name, true);
  const group = known ?? wanted;
  const { current } = group;
  if (known !== undefined) {
    selectMode(context, known);
    evolve(context, known, wanted, choice, (text) => inform(context, given, text));
  } else if (current !== undefined) warnOfForeignLink(context, group, current);
  group.addChoice(choice);
  update(context, given, group, current, group.mode === 'auto' ? group.best?.path : undefined);
  return 0;
}

/** A new group whose middle link exists already: the warning is about the unregistered group, which is then replaced. */
function warnOfForeignLink(context: CommandContext, group: LinkGroup, current: ByteString): void {
  context.notNative(`${LINK_DIRECTORY}/${group.name} points to ${current} but the group is not registered`);
}

/** Names and links may belong to one group only. */
function checkOwnership(context: CommandContext, given: Arguments): void {
  const names = new Set([given.name, ...given.slaves.map(({ name }) => name)]);
  const links = new Map([given, ...given.slaves].map(({ link, name }) => [link, name]));
  for (const name of context.tree.readdir(ALTERNATIVES_DIRECTORY)) {
    if (name.endsWith('.dpkg-tmp')) continue;
    const group = LinkGroup.load(context, name, false);
    if (group === undefined) continue;
    const members = [
      [name, group.link] as const,
      ...[...group.slaves].map(([slave, { link }]) => [slave, link] as const),
    ];
    for (const [member, link] of members) {
      const sameGroup = name === given.name;
      const clashes = sameGroup
        ? (links.has(link) && links.get(link) !== member) || (member === name) !== (member === given.name)
        : names.has(member) || links.has(link);
      if (clashes) context.notNative(`${member} or ${link} belongs to the group ${name}`);
    }
  }
}

/** Brings links and admin file up to date (the end of every changing action). */
function update(
  context: CommandContext,
  given: Arguments,
  group: LinkGroup,
  current: ByteString | undefined,
  next: ByteString | undefined,
): void {
  const links = new GroupLinks(context, group, given.force);
  if (group.choices.length === 0) {
    links.removeAll();
    context.tree.remove(`${ALTERNATIVES_DIRECTORY}/${group.name}`);
    return;
  }
  if (next !== undefined && next !== current) {
    inform(context, given, `using ${next} to provide ${group.link} (${group.name}) in ${group.mode} mode`);
    installChoice(context, links, group, next);
  } else repair(context, given, group, links, current);
  if (!group.modified) return;
  makePath(context, ALTERNATIVES_DIRECTORY);
  group.save();
}

function repair(
  context: CommandContext,
  given: Arguments,
  group: LinkGroup,
  links: GroupLinks,
  current: ByteString | undefined,
): void {
  const reason = links.needsUpdate();
  if (reason === 'no') return;
  if (current === undefined) context.notNative(`group ${group.name} has no current choice`);
  if (reason === 'slaves') {
    inform(context, given, `updating alternative ${current} because link group ${group.name} has changed slave links`);
  } else {
    group.warn(`forcing reinstallation of alternative ${current} because link group ${group.name} is broken`);
  }
  let choice = current;
  const { best } = group;
  if (current !== undefined && group.choice(current) === undefined && best !== undefined) {
    group.warn(`current alternative ${current} is unknown, switching to ${best.path} for link group ${group.name}`);
    group.setMode('auto');
    choice = best.path;
  }
  if (choice !== undefined) installChoice(context, links, group, choice);
}

function installChoice(context: CommandContext, links: GroupLinks, group: LinkGroup, path: ByteString): void {
  links.install(group.choice(path) ?? context.notNative(`unknown choice ${path} of ${group.name}`));
}
