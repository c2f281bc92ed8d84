import type { CommandTable, EmulatedCommand } from '../../script/types.ts';
import { updateAlternatives } from './alternatives/update-alternatives.ts';
import { dpkgDivert } from './dpkg/divert.ts';
import { dpkg, dpkgQuery } from './dpkg/dpkg.ts';
import { dpkgStatOverride } from './dpkg/statoverride.ts';
import { dpkgTrigger } from './dpkg/trigger.ts';
import { debSystemdInvoke, invokeRcD, runlevel } from './services/start.ts';
import { debSystemdHelper } from './services/systemd-helper.ts';
import { updateRcD } from './services/update-rc.ts';

/**
 * Commands of Debian that maintainer scripts call, emulated exactly or refused. What the image has as a shell script
 * (dpkg-maintscript-helper, ucfr, service, add-shell) is not listed: the evaluator runs the image's own.
 */
export const DEB_COMMANDS: CommandTable = new Map<string, EmulatedCommand>([
  ['deb-systemd-helper', debSystemdHelper],
  ['deb-systemd-invoke', debSystemdInvoke],
  ['dpkg', dpkg],
  ['dpkg-divert', dpkgDivert],
  ['dpkg-query', dpkgQuery],
  ['dpkg-statoverride', dpkgStatOverride],
  ['dpkg-trigger', dpkgTrigger],
  ['invoke-rc.d', invokeRcD],
  ['runlevel', runlevel],
  ['update-alternatives', updateAlternatives],
  ['update-rc.d', updateRcD],
]);
