import type { ByteString } from '../../../core/bytes.ts';
import type { VirtualTree } from '../../../oci/tree/types.ts';
import { type AptConfiguration, aptBoolean } from '../repository/configuration/apt-conf.ts';
import type { AvailableDeb } from '../types.ts';
import { phasingDraw } from './draw.ts';

const MAX_BYTES = 64 * 1024;

/** Whether an image takes updates that a distribution gives to a part of its machines first (Phased-Update-Percentage). */
export interface Phasing {
  /**
   * `hold-back`: an installed package stays as it is when its candidate is not for this image yet. `pin`: such a version has
   * at most priority 1 (APT::Get::Phase-Policy).
   */
  readonly mode: 'hold-back' | 'pin';
  /** Why the image does not take this version yet; undefined when it does. */
  withheld(offer: AvailableDeb): string | undefined;
}

/**
 * apt's rule (apt-pkg/upgrade.cc and policy.cc), from the image alone: APT::Get::Always-Include-Phased-Updates, then
 * Never-Include-Phased-Updates (either also as Update-Manager::…), then a draw seeded by source, version and the machine ID.
 * An image without a machine ID, as images should be, takes every phased update, as apt does in a build of it. What apt
 * would learn from its surroundings (SOURCE_DATE_EPOCH, being in a chroot) does not count: same image, same plan.
 */
export function phasingOf(tree: VirtualTree, configuration: AptConfiguration): Phasing {
  const flag = (name: string): boolean =>
    aptBoolean(configuration.get(`apt::get::${name}`)) ??
    aptBoolean(configuration.get(`update-manager::${name}`)) ??
    false;
  const always = flag('always-include-phased-updates');
  const never = flag('never-include-phased-updates');
  const machineId = machineIdOf(tree, configuration);
  const mode = aptBoolean(configuration.get('apt::get::phase-policy')) === true ? 'pin' : 'hold-back';
  return {
    mode,
    withheld: (offer) => {
      const percentage = offer.phasedUpdatePercentage;
      if (percentage === undefined || always) return undefined;
      const given = `the update is phased, given to ${percentage} % of machines so far`;
      if (never) return `${given}, and the image takes no phased updates (Never-Include-Phased-Updates)`;
      if (machineId === '') return undefined;
      const draw = phasingDraw(offer.source.name, offer.source.version, machineId);
      return draw > percentage
        ? `${given}, and by its machine ID the image is not among them (${draw} of 100)`
        : undefined;
    },
  };
}

/** APT::Machine-ID, else the first line of /etc/machine-id (Dir::Etc::machine-id), without its line end. */
function machineIdOf(tree: VirtualTree, configuration: AptConfiguration): ByteString {
  const configured = configuration.get('apt::machine-id') ?? '';
  if (configured !== '') return configured;
  const path = configuration.get('dir::etc::machine-id') ?? '';
  const file = path === '' ? '/etc/machine-id' : path.startsWith('/') ? path : `/etc/apt/${path}`;
  if (tree.stat(file)?.type !== 'file') return '';
  return (tree.readText(file, MAX_BYTES)?.split('\n')[0] ?? '').replace(/[\r\n]+$/, '');
}
