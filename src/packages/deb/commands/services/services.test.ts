import { describe, expect, it } from 'vitest';
import { type Files, hasProgram, RealRoot, runEmulated, treeOf } from '../testing/real-root.ts';
import { debSystemdInvoke, invokeRcD } from './start.ts';
import { debSystemdHelper } from './systemd-helper.ts';
import { systemdTmpfiles } from './tmpfiles.ts';
import { updateRcD } from './update-rc.ts';

const HELPER = '/usr/bin/deb-systemd-helper';
const UPDATE_RC = '/usr/sbin/update-rc.d';
const PACKAGE = { DPKG_MAINTSCRIPT_PACKAGE: 'example' };
const UNITS: Files = {
  '/lib/systemd/system/a.service': '[Unit]\nDescription=a\n[Install]\nWantedBy=multi-user.target\nAlsoX=1\n',
  '/lib/systemd/system/b.service':
    '[Install]\nWantedBy=multi-user.target other.target\nRequiredBy=x.target\nAlso=b.socket\nAlias=bee.service\n',
  '/lib/systemd/system/b.socket': '[Install]\nWantedBy=sockets.target\nAlso=b.service\n',
  '/lib/systemd/system/c.service': '[Install]\nWantedBy=multi-user.target\nAlso=c.socket\n',
  '/lib/systemd/system/c.socket': '[Install]\nWantedBy=sockets.target\n',
  '/lib/systemd/system/t@.service': '[Install]\nDefaultInstance=one\nWantedBy=getty.target\n',
  '/usr/lib/systemd/user/u.service': '[Install]\nWantedBy=default.target\n',
  '/etc/systemd/system/': '',
  '/var/lib/systemd/': '',
};

/** The emulation works on `/`, the real program on DPKG_ROOT: everything else is the same. */
function compareHelper(files: Files, calls: readonly (readonly string[])[]): number {
  const root = new RealRoot(files);
  const tree = treeOf(files);
  let count = 0;
  try {
    for (const call of calls) {
      const ours = runEmulated(debSystemdHelper, ['deb-systemd-helper', ...call], tree, PACKAGE);
      if (ours === undefined) break;
      expect({ call, ...ours }).toEqual({ call, ...root.run([HELPER, ...call], { ...PACKAGE, DPKG_ROOT: '{root}' }) });
      count += 1;
    }
  } finally {
    root.dispose();
  }
  return count;
}

describe.skipIf(!hasProgram(HELPER))('deb-systemd-helper and the real one', () => {
  const questions = ['a.service', 'b.service', 'b.socket', 't@.service', 'none.service'].flatMap((unit) =>
    ['is-enabled', 'was-enabled', 'debian-installed'].map((action) => ['--quiet', action, unit]),
  );
  it.each([
    ['questions', questions],
    ['the first enabling', [['enable', 'a.service'], ['enable', 'b.service'], ['enable', 't@.service'], ...questions]],
    [
      'an upgrade',
      [
        ['enable', 'b.service'],
        ['update-state', 'b.service'],
        ['was-enabled', 'b.service'],
        ['enable', 'b.service'],
      ],
    ],
    ['disabling', [['enable', 'c.service'], ['disable', 'c.service'], ...questions, ['enable', 'c.service']]],
    ['purging', [['enable', 'c.service'], ['purge', 'c.service'], ...questions]],
    [
      'masking',
      [
        ['mask', 'a.service'],
        ['mask', 'a.service'],
        ['unmask', 'a.service'],
        ['unmask', 'b.service'],
      ],
    ],
    [
      'reenabling',
      [
        ['enable', 'a.service'],
        ['reenable', 'a.service'],
      ],
    ],
    [
      'user units',
      [
        ['--user', 'enable', 'u.service'],
        ['--user', 'update-state', 'u.service'],
        ['--user', 'was-enabled', 'u.service'],
      ],
    ],
    [
      'a unit without a file',
      [
        ['enable', 'none.service'],
        ['update-state', 'none.service'],
        ['disable', 'none.service'],
      ],
    ],
  ])('do the same with %s', (_, calls) => {
    expect(compareHelper(UNITS, calls)).toBe(calls.length);
  });

  it('do the same after an administrator removed a link, and after a unit changed', () => {
    const enabled = {
      ...UNITS,
      '/var/lib/systemd/deb-systemd-helper-enabled/a.service.dsh-also':
        '/etc/systemd/system/old.target.wants/a.service\n',
    };
    expect(
      compareHelper(enabled, [
        ['was-enabled', 'a.service'],
        ['update-state', 'a.service'],
        ['disable', 'a.service'],
      ]),
    ).toBe(3);
  });

  it('leaves the first enabling to systemctl where there is one', () => {
    const tree = treeOf({ ...UNITS, '/usr/bin/systemctl': 'x' });
    tree.setMetadata('/usr/bin/systemctl', { mode: 0o755 });
    expect(runEmulated(debSystemdHelper, ['deb-systemd-helper', 'enable', 'a.service'], tree, PACKAGE)).toBeUndefined();
  });
});

const INIT =
  '#!/bin/sh\n### BEGIN INIT INFO\n# Provides: d\n# Default-Start:     2 3 4 5\n# Default-Stop:      0 1 6\n### END INIT INFO\n';

it('deb-systemd-helper refuses to disable units that name each other', () => {
  const tree = treeOf(UNITS);
  expect(runEmulated(debSystemdHelper, ['deb-systemd-helper', 'disable', 'b.service'], tree, PACKAGE)).toBeUndefined();
});

describe.skipIf(!hasProgram(UPDATE_RC))('update-rc.d and the real one', () => {
  const levels: Files = Object.fromEntries([...'0123456S'].map((level) => [`/etc/rc${level}.d/`, '']));
  it.each([
    ['makes the links of the header', { '/etc/init.d/d': INIT, ...levels }, ['d', 'defaults']],
    ['makes them disabled', { '/etc/init.d/d': INIT }, ['d', 'defaults-disabled']],
    ['leaves links that are there', { '/etc/init.d/d': INIT, '/etc/rc2.d/K20d': '-> ../init.d/d' }, ['d', 'defaults']],
    ['removes links', { '/etc/rc2.d/K20d': '-> ../init.d/d', '/etc/rc3.d/S01dd': '-> ../init.d/dd' }, ['d', 'remove']],
    ['fails without the script', { '/etc/init.d/': '' }, ['d', 'defaults']],
    ['ignores old arguments', { '/etc/init.d/d': INIT }, ['d', 'defaults', '20', '80']],
  ] as [string, Files, string[]][])('%s', (_, files, call) => {
    const root = new RealRoot(files);
    try {
      const ours = runEmulated(updateRcD, ['update-rc.d', ...call], treeOf(files));
      expect(ours).toEqual(root.run([UPDATE_RC, ...call], { DPKG_ROOT: '{root}' }));
    } finally {
      root.dispose();
    }
  });

  it('leaves the order to insserv', () => {
    const tree = treeOf({ '/etc/init.d/d': INIT, '/usr/lib/insserv/insserv': 'x' });
    expect(runEmulated(updateRcD, ['update-rc.d', 'd', 'defaults'], tree)).toBeUndefined();
  });
});

describe('services are never started', () => {
  it('by deb-systemd-invoke', () => {
    expect(runEmulated(debSystemdInvoke, ['deb-systemd-invoke', 'restart', 'a.service'], treeOf({}))?.status).toBe(0);
    expect(runEmulated(debSystemdInvoke, ['deb-systemd-invoke', 'daemon-reload'], treeOf({}))).toBeUndefined();
  });

  it('by invoke-rc.d, which tells so when asked', () => {
    const status = (...words: string[]): number | undefined =>
      runEmulated(invokeRcD, ['invoke-rc.d', ...words], treeOf({ '/etc/init.d/d': INIT }))?.status;
    expect(status('d', 'start')).toBe(0);
    expect(status('--skip-systemd-native', 'd', 'restart')).toBe(0);
    expect(status('--disclose-deny', 'd', 'start')).toBe(101);
    expect(status('--quiet', 'd', 'status')).toBe(4);
    expect(status('--query', 'd', 'start')).toBeUndefined();
  });
});

describe('systemd-tmpfiles', () => {
  const image = (line: string): Files => ({
    '/usr/lib/tmpfiles.d/x.conf': `# comment\n${line}\n`,
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n',
    '/etc/group': 'root:x:0:\n',
    '/var/log/x/': '',
  });
  const run = (line: string): number | undefined =>
    runEmulated(systemdTmpfiles, ['systemd-tmpfiles', '--create', 'x.conf'], treeOf(image(line)))?.status;

  it('does nothing about /run, and about a directory that is as it should be', () => {
    expect(run('d /run/x 0755 root root -')).toBe(0);
    expect(run('d /var/log/x 0755 root root -')).toBe(0);
  });

  it('is not native when something would change', () => {
    for (const line of [
      'd /var/log/x 0700 root root -',
      'd /var/lib/x',
      'f /etc/x - - - - text',
      'd /run/x - nobody',
    ]) {
      expect(run(line)).toBeUndefined();
    }
  });
});
