import type { ByteString } from '../../../../core/bytes.ts';
import type { LinkGroup } from './group.ts';

/** `--query`: paragraphs for programs. */
export function queryGroup(group: LinkGroup): ByteString {
  const lines = [`Name: ${group.name}`, `Link: ${group.link}`];
  if (group.slaves.size > 0) lines.push('Slaves:', ...[...group.slaves].map(([name, { link }]) => ` ${name} ${link}`));
  lines.push(`Status: ${group.mode}`);
  const { best } = group;
  if (best !== undefined) lines.push(`Best: ${best.path}`);
  lines.push(`Value: ${group.current ?? 'none'}`);
  for (const choice of group.choices) {
    lines.push('', `Alternative: ${choice.path}`, `Priority: ${choice.priority}`);
    if (group.slaves.size > 0)
      lines.push('Slaves:', ...slavesOf(group, choice).map(([name, file]) => ` ${name} ${file}`));
  }
  return `${lines.join('\n')}\n`;
}

/** `--display`: for people, in the C locale. */
export function displayGroup(group: LinkGroup): ByteString {
  const { best, current } = group;
  const lines = [
    `${group.name} - ${group.mode} mode`,
    best === undefined ? '  link best version not available' : `  link best version is ${best.path}`,
    current === undefined ? '  link currently absent' : `  link currently points to ${current}`,
    `  link ${group.name} is ${group.link}`,
    ...[...group.slaves].map(([name, { link }]) => `  slave ${name} is ${link}`),
  ];
  for (const choice of group.choices) {
    lines.push(`${choice.path} - priority ${choice.priority}`);
    lines.push(...slavesOf(group, choice).map(([name, file]) => `  slave ${name}: ${file}`));
  }
  return `${lines.join('\n')}\n`;
}

function slavesOf(group: LinkGroup, choice: LinkGroup['choices'][number]): [ByteString, ByteString][] {
  return [...group.slaves.keys()].flatMap((name) => {
    const file = choice.slaves.get(name);
    return file === undefined ? [] : [[name, file] as [ByteString, ByteString]];
  });
}
