import { describe, expect, it } from 'vitest';
import { base, gpg, keys, open, publish, server, useTestArchive } from '../testing/archive.ts';
import { hasProgram } from '../testing/gpg.ts';
import { memoryTree } from '../testing/memory-tree.ts';
import { RealApt } from '../testing/real-apt.ts';

describe.skipIf(!hasProgram('apt-get') || !hasProgram('gpg'))(
  'credentials that are sent, as apt-get sends them',
  () => {
    useTestArchive();

    it.each([
      'machine HOST',
      'machine HOST:PORT',
      'machine http://HOST',
      'machine http://HOST:PORT',
      'machine http://HOST/',
      'machine http://HOST:PORT/',
      'machine http://HOST:PORT/dists/stable/In',
      'machine http://HOST:PORT/pool',
      'machine https://HOST:PORT',
      'machine http://HOST:1',
      'machine http://HOST login a password b\nmachine http://HOST:PORT',
      'machine http://HOS',
    ])('%s', async (entry) => {
      publish();
      const { hostname, port } = new URL(base);
      const image = {
        '/etc/apt/sources.list': `deb ${base} stable main\n`,
        '/etc/apt/trusted.gpg.d/test.gpg': gpg.exported([keys.ed25519], false),
        '/etc/apt/auth.conf.d/test.conf': `${entry.replaceAll('HOST', hostname).replaceAll('PORT', port)}\nlogin user password pass\n`,
      };
      const apt = new RealApt(image);
      try {
        expect(await apt.call('update')).not.toMatch(/^E:/m);
      } finally {
        apt.close();
      }
      const ofApt = new Map(server.requests.map(({ path, authorization }) => [path, authorization]));
      server.requests.length = 0;
      await open(memoryTree(image));
      expect(server.requests.length).toBeGreaterThan(0);
      for (const { path, authorization } of server.requests) {
        if (ofApt.has(path)) expect(authorization, path).toBe(ofApt.get(path));
      }
      expect(server.requests[0]?.path).toBe('dists/stable/InRelease');
      expect(ofApt.has('dists/stable/InRelease')).toBe(true);
    });
  },
);
