import pc from 'picocolors';
import { fullVersion, type Sbom } from '../../knowledge/sbom/subject.ts';
import { unknownsOfInventory } from '../../knowledge/scan/unknown.ts';
import { plural } from '../terminal/format.ts';
import type { View } from './plan.ts';
import { table } from './table.ts';

/** The packages of an image for a person, each with its source and the layer that brought it. */
export function renderInventory({ subject, image }: Sbom, view: View): string {
  const paint = pc.createColors(view.color);
  const { os, repository, packages, problems, uncompared = [] } = image;
  const system =
    os === undefined
      ? 'unknown operating system'
      : `${os.family} ${os.name}${os.extended ? ' (extended support)' : ''}`;
  const stream =
    repository === undefined || os?.name.startsWith(repository.release)
      ? ''
      : `, repositories of ${repository.family} ${repository.release}`;
  const lines = [
    `${paint.bold(subject.name)}  ${system}${stream}, ${plural(packages.length, 'package')}`,
    paint.dim(`image ${subject.digest}`),
  ];
  const rows = packages.map((found) => {
    const diffId = found.layer?.diffId;
    const layer = diffId === undefined ? 0 : subject.diffIds.indexOf(diffId) + 1;
    const source = found.src.name === found.name || found.src.name === '' ? '' : found.src.name;
    const other = found.repositoryClass === 'third-party' ? 'third-party' : '';
    return [
      found.name,
      fullVersion(found),
      found.arch,
      layer === 0 ? '' : String(layer),
      [source, other].filter(Boolean).join(', '),
    ];
  });
  if (rows.length > 0)
    lines.push('', ...table(['package', 'version', 'arch', 'layer', 'source'], rows, view.columns, paint.dim));
  if (problems.length > 0)
    lines.push('', paint.yellow(`${plural(problems.length, 'problem')}: this inventory is not complete`));
  for (const { path, detail } of problems) lines.push(`  ${path === undefined ? '' : `${path}: `}${detail}`);
  if (uncompared.length > 0) lines.push('', 'not listed, and not compared with any advisory:');
  for (const { detail } of unknownsOfInventory({ problems: [], uncompared })) lines.push(`  ${detail}`);
  return `${lines.join('\n')}\n`;
}
