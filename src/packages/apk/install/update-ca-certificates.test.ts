import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { combineCommands, SHARED_COMMANDS } from '../../script/commands/table.ts';
import { evaluateScript } from '../../script/evaluate.ts';
import { putFile, testImage } from '../../script/testing/image.ts';
import type { MemoryTree } from '../../script/testing/memory-tree.ts';
import { APK_COMMANDS } from './commands.ts';

const TRIGGER = '#!/bin/sh\n/usr/sbin/update-ca-certificates > /dev/null 2>&1\nexit 0\n';
const CERTS = '/etc/ssl/certs';
const MOZILLA = '/usr/share/ca-certificates/mozilla';

function trigger(tree: MemoryTree) {
  const environment = new Map([['PATH', '/usr/sbin:/usr/bin:/sbin:/bin']]);
  const run = { name: 'ca-certificates trigger', text: TRIGGER, args: [], environment, sourceDate: 7 };
  return evaluateScript(run, tree, combineCommands(SHARED_COMMANDS, APK_COMMANDS));
}

describe.skipIf(spawnSync('openssl', ['version']).status !== 0)(
  "Alpine's update-ca-certificates (needs openssl)",
  () => {
    const directory = mkdtempSync(join(tmpdir(), 'certificates-'));
    const made = new Map<string, { readonly pem: string; readonly hash: string }>();
    beforeAll(() => {
      for (const name of ['one', 'two', 'mine']) {
        const file = join(directory, name);
        const subject = `/O=Example/CN=${name}`;
        const request = [
          'req',
          '-x509',
          '-newkey',
          'rsa:2048',
          '-nodes',
          '-keyout',
          '/dev/null',
          '-subj',
          subject,
          '-out',
          file,
        ];
        execFileSync('openssl', request, { stdio: 'pipe' });
        const hash = execFileSync('openssl', ['x509', '-noout', '-subject_hash', '-in', file], {
          encoding: 'utf8',
        }).trim();
        made.set(name, { pem: readFileSync(file, 'latin1'), hash });
      }
    });
    afterAll(() => rmSync(directory, { recursive: true, force: true }));

    const pem = (name: string) => made.get(name)?.pem ?? '';

    /** As an image has it once the trigger ran, with the certificate of a later package put beside it. */
    function image(separator = '\n'): MemoryTree {
      const tree = testImage([]);
      const owner = { uid: 0, gid: 0, mtime: 1, mode: 0o755 };
      const directories = [
        '/etc/ssl',
        CERTS,
        '/etc/ca-certificates',
        '/etc/ca-certificates/update.d',
        '/usr/share',
        '/usr/local',
        '/usr/local/share',
      ];
      for (const path of [...directories, '/usr/share/ca-certificates', MOZILLA, '/usr/local/share/ca-certificates'])
        tree.mkdir(path, owner);
      putFile(tree, '/usr/sbin/update-ca-certificates', '\x7fELF ca-cert- /etc/ssl/certs/', 0o755);
      putFile(tree, '/usr/bin/c_rehash', '\x7fELF', 0o755);
      putFile(tree, '/usr/bin/run-parts', '\x7fELF', 0o755);
      putFile(
        tree,
        '/etc/ca-certificates/update.d/certhash',
        '#!/bin/sh\nexec /usr/bin/c_rehash /etc/ssl/certs\n',
        0o755,
      );
      putFile(
        tree,
        '/etc/ca-certificates.conf',
        '# made by a test\nmozilla/one.crt\n!mozilla/no.crt\nmozilla/two.crt\n',
      );
      for (const name of ['one', 'two']) putFile(tree, `${MOZILLA}/${name}.crt`, pem(name));
      putFile(tree, '/usr/local/share/ca-certificates/my own.crt', pem('mine'));
      putFile(tree, `${CERTS}/ca-certificates.crt`, `${pem('one')}${separator}`);
      tree.symlink(`${MOZILLA}/gone.crt`, `${CERTS}/ca-cert-gone.pem`, owner);
      tree.symlink('/elsewhere', `${CERTS}/ca-cert-one.pem`, owner);
      tree.symlink('/kept', `${CERTS}/foreign.pem`, owner);
      tree.symlink('ca-cert-gone.pem', `${CERTS}/00000001.0`, owner);
      return tree;
    }

    it.each(['', '\n'])('makes links, hashed links and the bundle in the form of the image (%j)', (separator) => {
      const tree = image(separator);
      expect(trigger(tree)).toMatchObject({ kind: 'completed', exitStatus: 0 });
      const links = tree.readdir(CERTS).map((name) => [name, tree.lstat(`${CERTS}/${name}`)?.target]);
      const hashed = ['one', 'two', 'mine'].map((name) => [
        `${made.get(name)?.hash}.0`,
        `ca-cert-${name === 'mine' ? 'my_own' : name}.pem`,
      ]);
      expect(Object.fromEntries(links)).toEqual({
        ...Object.fromEntries(hashed),
        'ca-cert-one.pem': `${MOZILLA}/one.crt`,
        'ca-cert-two.pem': `${MOZILLA}/two.crt`,
        'ca-cert-my_own.pem': '/usr/local/share/ca-certificates/my own.crt',
        'foreign.pem': '/kept',
        'ca-certificates.crt': undefined,
      });
      const bundle = ['one', 'two', 'mine'].map((name) => pem(name) + separator).join('');
      expect(tree.readText(`${CERTS}/ca-certificates.crt`)).toBe(bundle);
    });

    it.each<[string, (tree: MemoryTree) => void]>([
      ['another program', (tree) => putFile(tree, '/usr/sbin/update-ca-certificates', '#!/bin/sh\nexit 0\n', 0o755)],
      ['a hook of the site', (tree) => putFile(tree, '/etc/ca-certificates/update.d/java', '#!/bin/sh\n', 0o755)],
      ['a certificate that is missing', (tree) => tree.remove(`${MOZILLA}/two.crt`)],
      [
        'two local certificates, whose order is not known',
        (tree) => putFile(tree, '/usr/local/share/ca-certificates/b.crt', pem('one')),
      ],
      ['no bundle that tells its form', (tree) => tree.remove(`${CERTS}/ca-certificates.crt`)],
      [
        'two certificates of one name',
        (tree) => putFile(tree, '/usr/local/share/ca-certificates/one.crt', pem('mine')),
      ],
    ])('is not native with %s', (_what, change) => {
      const tree = image();
      change(tree);
      expect(trigger(tree).kind).toBe('not-native');
    });
  },
);
