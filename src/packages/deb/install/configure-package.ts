import { readDiversions } from '../database/diversions.ts';
import type { Conffile, InstalledDeb } from '../types.ts';
import { configureConffile } from './conffiles.ts';
import { type Installation, keyOf } from './installation.ts';
import { Diversions } from './placement.ts';
import { parseTriggerDirectives } from './trigger-interests.ts';
import type { UnpackedPackage } from './unpack-package.ts';

/**
 * Configures an unpacked package: its conffiles, then `postinst configure` (dpkg src/main/configure.c).
 * @throws SutureError SCRIPT_FAILED
 */
export function configurePackage(installation: Installation, unpacked: UnpackedPackage): void {
  const key = keyOf(unpacked.record);
  const record = installation.records.get(key) ?? unpacked.record;
  const directives = parseTriggerDirectives(installation.info().read(record, 'triggers') ?? '', record.name);
  for (const { kind, name } of directives) if (kind === 'activate') installation.activate(name);
  const conffiles = configureConffiles(installation, record);
  installation.setRecord({ ...record, conffiles, state: 'half-configured' });
  installation.run({ record }, 'postinst', ['configure', unpacked.configuredVersion]);
  const configured = installation.records.get(key) ?? record;
  installation.setRecord({ ...configured, state: 'installed' });
  installation.incorporateTriggers();
}

function configureConffiles(installation: Installation, record: InstalledDeb): readonly Conffile[] {
  const diversions = new Diversions(readDiversions(installation.tree));
  return record.conffiles.map((conffile) => {
    if (conffile.obsolete || conffile.removeOnUpgrade) return conffile;
    const place = diversions.place(conffile.path, record.name);
    const result = configureConffile(installation.tree, conffile, place);
    if (result.touched) installation.activatePath(place);
    if (result.keptBeside !== undefined) {
      installation.note(record, `${conffile.path} was edited and is kept; the new version is ${result.keptBeside}`);
    }
    return { ...conffile, md5: result.unpacked ? result.md5 : siblingHash(installation, record, conffile) };
  });
}

/** A conffile shared between architectures is configured once; the others record the same hash. */
function siblingHash(installation: Installation, record: InstalledDeb, conffile: Conffile): string {
  for (const other of installation.records.values()) {
    if (other.name !== record.name || other.architecture === record.architecture || other.state !== 'installed')
      continue;
    const shared = other.conffiles.find(({ path, obsolete }) => path === conffile.path && !obsolete);
    if (shared !== undefined) return shared.md5;
  }
  return conffile.md5;
}
