import { describe, expect, it } from 'vitest';
import { type Files, runEmulated, treeOf } from '../testing/real-root.ts';
import { addgroup, adduser } from './adduser.ts';
import { systemdSysusers } from './sysusers.ts';

const IMAGE: Files = {
  '/etc/passwd':
    'root:x:0:0:root:/root:/bin/sh\nredis:x:101:102::/var/lib/redis:/usr/sbin/nologin\nann:x:1000:1000::/home/ann:/bin/sh\n',
  '/etc/group': 'root:x:0:\nadm:x:4:redis\nredis:x:102:\nann:x:1000:\n',
  '/etc/.pwd.lock': '',
  '/usr/lib/sysusers.d/redis.conf': '# comment\nu redis - "Redis" /var/lib/redis\ng adm 4\nm redis adm\n',
  '/usr/lib/sysusers.d/locked.conf': 'u! redis - "Redis"\n',
  '/usr/lib/sysusers.d/new.conf': 'u new - "New"\n',
  '/usr/lib/sysusers.d/new-locked.conf': 'u! new - "New"\n',
};

describe('adduser', () => {
  const run = (...words: string[]): number | undefined =>
    runEmulated(adduser, ['adduser', ...words], treeOf(IMAGE))?.status;

  it('leaves a system user that is there', () => {
    expect(run('--system', '--home', '/var/lib/redis', '--quiet', '--group', 'redis')).toBe(0);
    expect(run('--system', '--home=/x', '--shell', '/bin/false', '--disabled-password', 'redis')).toBe(0);
    const loud = runEmulated(adduser, ['adduser', '--system', 'redis'], treeOf(IMAGE));
    expect(loud?.stdout).toBe("The system user `redis' already exists. Exiting.\n");
  });

  it('leaves a member in its group', () => {
    expect(run('redis', 'adm')).toBe(0);
  });

  it('makes nothing', () => {
    expect(run('--system', 'new')).toBeUndefined();
    expect(run('--system', 'ann')).toBeUndefined();
    expect(run('redis', 'redis')).toBeUndefined();
    expect(run('ann')).toBeUndefined();
    expect(run('--uid', '7', '--system', 'redis')).toBeUndefined();
  });

  it('takes the range of system users from its configuration', () => {
    const tree = treeOf({ ...IMAGE, '/etc/adduser.conf': 'FIRST_SYSTEM_UID=500\n' });
    expect(runEmulated(adduser, ['adduser', '--system', 'redis'], tree)).toBeUndefined();
  });
});

describe('addgroup', () => {
  it('leaves a system group that is there', () => {
    expect(runEmulated(addgroup, ['addgroup', '--system', 'redis'], treeOf(IMAGE))?.status).toBe(0);
    expect(runEmulated(addgroup, ['addgroup', '--system', 'ann'], treeOf(IMAGE))).toBeUndefined();
    expect(runEmulated(addgroup, ['addgroup', '--system', 'new'], treeOf(IMAGE))).toBeUndefined();
  });
});

describe('systemd-sysusers', () => {
  it('does nothing when all accounts are there', () => {
    expect(runEmulated(systemdSysusers, ['systemd-sysusers', 'redis.conf'], treeOf(IMAGE))?.status).toBe(0);
    expect(runEmulated(systemdSysusers, ['systemd-sysusers', 'locked.conf'], treeOf(IMAGE))?.status).toBe(0);
  });

  it('is not native when one is missing', () => {
    expect(runEmulated(systemdSysusers, ['systemd-sysusers'], treeOf(IMAGE))).toBeUndefined();
    expect(runEmulated(systemdSysusers, ['systemd-sysusers', 'new.conf'], treeOf(IMAGE))).toBeUndefined();
    expect(runEmulated(systemdSysusers, ['systemd-sysusers', 'new-locked.conf'], treeOf(IMAGE))).toBeUndefined();
    expect(runEmulated(systemdSysusers, ['systemd-sysusers', 'none.conf'], treeOf(IMAGE))).toBeUndefined();
  });
});
