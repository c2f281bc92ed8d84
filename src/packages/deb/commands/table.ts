import type { CommandTable, EmulatedCommand } from '../../script/types.ts';
import { addgroup, adduser } from './accounts/adduser.ts';
import { systemdSysusers } from './accounts/sysusers.ts';
import { updateAlternatives } from './alternatives/update-alternatives.ts';
import { a2query } from './apache/a2query.ts';
import { dpkgDivert } from './dpkg/divert.ts';
import { dpkg, dpkgQuery } from './dpkg/dpkg.ts';
import { dpkgStatOverride } from './dpkg/statoverride.ts';
import { dpkgTrigger } from './dpkg/trigger.ts';
import { updateIconCache } from './icons/update-icon-cache.ts';
import { pgListClusters, pgUpdateDictionaries } from './postgresql/clusters.ts';
import { py3clean, py3compile, python } from './python/bytecode.ts';
import { debSystemdInvoke, invokeRcD, runlevel } from './services/start.ts';
import { debSystemdHelper } from './services/systemd-helper.ts';
import { systemdTmpfiles } from './services/tmpfiles.ts';
import { updateRcD } from './services/update-rc.ts';
import { getcap, setcap } from './system/capabilities.ts';
import { getopt } from './system/getopt.ts';
import { mountpoint, ss } from './system/machine.ts';
import { perl } from './system/perl.ts';

/**
 * Commands of Debian that maintainer scripts call, emulated exactly or refused. What the image has as a shell script
 * (dpkg-maintscript-helper, ucfr, service, add-shell) is not listed: the evaluator runs the image's own.
 */
export const DEB_COMMANDS: CommandTable = new Map<string, EmulatedCommand>([
  ['a2query', a2query],
  ['addgroup', addgroup],
  ['adduser', adduser],
  ['deb-systemd-helper', debSystemdHelper],
  ['deb-systemd-invoke', debSystemdInvoke],
  ['dpkg', dpkg],
  ['dpkg-divert', dpkgDivert],
  ['dpkg-query', dpkgQuery],
  ['dpkg-statoverride', dpkgStatOverride],
  ['dpkg-trigger', dpkgTrigger],
  ['getcap', getcap],
  ['getopt', getopt],
  ['gtk-update-icon-cache', updateIconCache],
  ['invoke-rc.d', invokeRcD],
  ['mountpoint', mountpoint],
  ['perl', perl],
  ['pg_lsclusters', pgListClusters],
  ['pg_updatedicts', pgUpdateDictionaries],
  ['py3clean', py3clean],
  ['py3compile', py3compile],
  ...[...Array(12).keys()].map((index): [string, EmulatedCommand] => [`python3.${index + 5}`, python]),
  ['runlevel', runlevel],
  ['setcap', setcap],
  ['ss', ss],
  ['systemd-sysusers', systemdSysusers],
  ['systemd-tmpfiles', systemdTmpfiles],
  ['update-alternatives', updateAlternatives],
  ['update-rc.d', updateRcD],
]);
