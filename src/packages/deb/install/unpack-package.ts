import { type ByteString, bytesToByteString } from '../../../core/bytes.ts';
import { ADMIN } from '../database/admin-file.ts';
import { readDiversions } from '../database/diversions.ts';
import { infoName } from '../database/info.ts';
import { readPathFilter } from '../database/path-filter.ts';
import { readStatOverrides, type StatOverride } from '../database/statoverride.ts';
import { recordFromControl } from '../records/record.ts';
import { hits } from '../resolve/relations.ts';
import type { DebArchive, InstalledDeb } from '../types.ts';
import { compareDebVersions } from '../version/compare.ts';
import { type Accounts, readAccounts } from './accounts.ts';
import { type ConffileList, readConffileList } from './conffile-list.ts';
import { removeConffileOnUpgrade } from './conffiles.ts';
import { removeStaleBytecode } from './derived/stale-bytecode.ts';
import { updateInfoFiles } from './info-files.ts';
import { type Installation, keyOf } from './installation.ts';
import { Diversions } from './placement.ts';
import { removeOldFiles } from './remove-old.ts';
import { takeOverFiles } from './take-over.ts';
import { parseTriggerDirectives, type TriggerDirective, updateInterests } from './trigger-interests.ts';
import { type UnpackContext, type Unpacked, unpackMembers } from './unpack.ts';

/** States of a version whose files and scripts are in place. */
const PRESENT: ReadonlySet<string> = new Set([
  ...['half-installed', 'unpacked', 'half-configured', 'installed', 'triggers-pending', 'triggers-awaited'],
]);
const CONFIGURED: ReadonlySet<string> = new Set([
  ...['half-configured', 'installed', 'triggers-pending', 'triggers-awaited'],
]);

/** A package that is unpacked and waits to be configured. */
export interface UnpackedPackage {
  readonly record: InstalledDeb;
  /** Version that was configured last: the argument of `postinst configure`; empty when there was none. */
  readonly configuredVersion: string;
}

/**
 * Unpacks a package over its installed version, if any, with everything that dpkg does up to the state `unpacked`:
 * scripts, files, conffiles beside, removal of old files, file lists, triggers, control files (dpkg src/main/unpack.c,
 * process_archive).
 * @throws SutureError FILE_CONFLICT, SCRIPT_FAILED, PACKAGE_INVALID
 */
export function unpackPackage(installation: Installation, archive: DebArchive): UnpackedPackage {
  const incoming = recordFromControl(archive.control, {
    want: 'install',
    flag: 'ok',
    state: 'unpacked',
    conffiles: [],
  });
  const key = keyOf(incoming);
  const previous = installation.records.get(key);
  const before = previous !== undefined && PRESENT.has(previous.state) ? previous : undefined;
  const directives = readDirectives(archive, incoming.name);
  for (const { kind, name } of [...installedDirectives(installation, before), ...directives]) {
    if (kind === 'activate') installation.activate(name);
  }
  const oldConffiles = previous?.conffiles ?? [];
  const conffiles = readConffileList(archive, key, installation.owners, installation.records);
  runScriptsBefore(installation, archive, incoming, previous);
  const context = prepare(installation, incoming, conffiles);
  const unpacked = unpackMembers(archive, context);
  markKeptConffiles(conffiles, unpacked);
  if (before !== undefined) {
    installation.run({ record: before }, 'postrm', ['upgrade', incoming.version], true);
  }
  removeOld(installation, context, unpacked, oldConffiles, previous);
  const record = recordFromControl(archive.control, {
    ...{ want: 'install', flag: 'ok', state: 'unpacked' },
    conffiles: conffiles.entries,
    ...(previous === undefined ? {} : { previous }),
  });
  writeDatabase(installation, archive, record, before, unpacked, directives);
  takeOverFiles(installation, record, unpacked, conffiles, context.diversions);
  installation.setRecord(record);
  return { record, configuredVersion: configuredVersion(previous) };
}

function configuredVersion(previous: InstalledDeb | undefined): string {
  if (previous === undefined || previous.state === 'not-installed') return '';
  return previous.paragraph.get('Config-Version') ?? (previous.state === 'unpacked' ? '' : previous.version);
}

function readDirectives(archive: DebArchive, name: string): readonly TriggerDirective[] {
  return parseTriggerDirectives(
    bytesToByteString(archive.controlFiles.get('triggers')?.content ?? new Uint8Array()),
    name,
  );
}

function installedDirectives(
  installation: Installation,
  before: InstalledDeb | undefined,
): readonly TriggerDirective[] {
  if (before === undefined) return [];
  return parseTriggerDirectives(installation.info().read(before, 'triggers') ?? '', before.name);
}

function runScriptsBefore(
  installation: Installation,
  archive: DebArchive,
  incoming: InstalledDeb,
  previous: InstalledDeb | undefined,
): void {
  installation.triggers.forget(keyOf(incoming));
  if (previous !== undefined && CONFIGURED.has(previous.state)) {
    installation.setRecord({ ...previous, flag: 'reinstreq', state: 'half-configured' });
    installation.run({ record: previous }, 'prerm', ['upgrade', incoming.version], true);
  }
  deconfigureBroken(installation, incoming);
  installation.setRecord({ ...(previous ?? incoming), want: 'install', flag: 'reinstreq', state: 'half-installed' });
  const source = { record: incoming, archive };
  if (previous === undefined || previous.state === 'not-installed') installation.run(source, 'preinst', ['install']);
  else {
    const action = previous.state === 'config-files' ? 'install' : 'upgrade';
    installation.run(source, 'preinst', [action, previous.version, incoming.version]);
  }
}

/** Packages that the new one breaks are deconfigured until their own new version comes (apt calls dpkg with --auto-deconfigure). */
function deconfigureBroken(installation: Installation, incoming: InstalledDeb): void {
  const matching = { native: installation.architecture, compare: compareDebVersions };
  const breaks = incoming.breaks.flat();
  for (const other of [...installation.records.values()]) {
    if (!CONFIGURED.has(other.state) || other.state === 'half-configured') continue;
    if (!breaks.some((relation) => hits(relation, incoming, other, matching))) continue;
    installation.triggers.forget(keyOf(other));
    installation.setRecord({ ...other, state: 'half-configured' });
    installation.run({ record: other }, 'prerm', ['deconfigure', 'in-favour', incoming.name, incoming.version]);
    installation.deconfigured.add(keyOf(other));
  }
}

/** Read after the preinst, which may have changed any of it. */
function prepare(installation: Installation, incoming: InstalledDeb, conffiles: ConffileList): UnpackContext {
  const { tree } = installation;
  const accounts = readAccounts(tree);
  const overrides = readStatOverrides(tree);
  const filter = readPathFilter(tree);
  const siblings = [...installation.records.values()].filter(
    (other) => other.name === incoming.name && other.architecture !== incoming.architecture && PRESENT.has(other.state),
  );
  return {
    tree,
    key: keyOf(incoming),
    name: incoming.name,
    incoming,
    records: installation.records,
    owners: installation.owners,
    conffiles,
    diversions: new Diversions(readDiversions(tree)),
    accounts,
    override: (path) => resolveOverride(overrides.get(path), accounts),
    isExcluded: (member) => filter.excludes(member),
    inSync: siblings.every((other) => compareDebVersions(other.version, incoming.version) === 0),
    touched: (path) => installation.activateFile(path),
  };
}

function resolveOverride(
  override: StatOverride | undefined,
  accounts: Accounts,
): { readonly uid: number; readonly gid: number; readonly mode: number } | undefined {
  if (override === undefined) return undefined;
  const id = (name: string, known: number | undefined): number =>
    name.startsWith('#') ? Number(name.slice(1)) : (known ?? 0);
  const { user, group, mode } = override;
  return { uid: id(user, accounts.user(user)), gid: id(group, accounts.group(group)), mode };
}

/** A conffile that stays with the package that replaces this one is obsolete here. */
function markKeptConffiles(conffiles: ConffileList, unpacked: Unpacked): void {
  const listed = new Set(unpacked.list);
  conffiles.entries.forEach((entry, index) => {
    if (unpacked.kept.has(entry.path) && !listed.has(entry.path))
      conffiles.entries[index] = { ...entry, obsolete: true };
  });
}

function removeOld(
  installation: Installation,
  context: UnpackContext,
  unpacked: Unpacked,
  oldConffiles: InstalledDeb['conffiles'],
  previous: InstalledDeb | undefined,
): void {
  const { tree, owners, diversions, conffiles, key, name } = context;
  for (const conffile of conffiles.entries) {
    if (!conffile.removeOnUpgrade || owners.isShared(conffile.path, key)) continue;
    removeConffileOnUpgrade(tree, conffile, diversions.place(conffile.path, name));
  }
  const removed: ByteString[] = [];
  if (previous !== undefined) {
    removeOldFiles(owners.list(key), unpacked, {
      ...{ tree, key, name, owners, diversions, conffiles, oldConffiles },
      removed: (path) => {
        removed.push(path);
        installation.activatePath(path);
      },
    });
  }
  const bytecode = removeStaleBytecode(tree, [...unpacked.placed, ...removed]);
  if (bytecode > 0)
    installation.note({ name }, `${bytecode} stale Python bytecode files removed; Python makes them anew when needed`);
}

function writeDatabase(
  installation: Installation,
  archive: DebArchive,
  record: InstalledDeb,
  before: InstalledDeb | undefined,
  unpacked: Unpacked,
  directives: readonly TriggerDirective[],
): void {
  const name = infoName(record);
  installation.owners.setList(keyOf(record), unpacked.list);
  installation.write(`${ADMIN}/info/${name}.list`, unpacked.list.map((path) => `${path}\n`).join(''));
  const old = installedDirectives(installation, before);
  updateInterests(installation.tree, name, old, directives, installation.sourceDate);
  installation.forgetFileInterests();
  updateInfoFiles(installation, archive, record, before, unpacked);
}
