import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateText, testImage } from '../../../script/testing/image.ts';
import { hasProgram, runEmulated, treeOf } from '../testing/real-root.ts';
import { setcap } from './capabilities.ts';
import { getopt } from './getopt.ts';
import { mountpoint, ss } from './machine.ts';
import { perl } from './perl.ts';

describe.skipIf(!hasProgram('/usr/bin/getopt'))('getopt and the real one', () => {
  const own = ['-a', '-o', 'hs:d::npP:', '-n', 'x', '--long', 'help,src-dir:,debug::,three-way,package:', '--'];
  const word = fc.constantFrom(
    ...['-h', '-s', '-sx', '-d', '-d3', '-np', '--', '--three-way', '-three-way', '--src-dir', '--src-dir=a b'],
    ...['--debug', '--debug=4', 'file', "it's", '', '-', '-unknown', '--package', 'two words'],
  );

  it('normalise alike, or are refused', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        const ours = runEmulated(getopt, ['getopt', ...own, ...words], treeOf({}));
        const real = spawnSync('/usr/bin/getopt', [...own, ...words], { encoding: 'latin1' });
        if (ours === undefined) return;
        expect({ words, status: ours.status, stdout: ours.stdout }).toEqual({
          words,
          status: real.status,
          stdout: real.stdout,
        });
      }),
      { numRuns: 150 },
    );
  });

  it('knows the calls of ucf', () => {
    const ours = runEmulated(getopt, ['getopt', ...own, '--three-way', '/usr/share/a', '/etc/a'], treeOf({}));
    expect(ours?.stdout).toBe(" --three-way -- '/usr/share/a' '/etc/a'\n");
  });
});

describe.skipIf(!hasProgram('/usr/bin/perl'))('the one program in Perl', () => {
  it('escapes as Perl does', () => {
    const program = 'print "\\Q$_\\E\\n"';
    const text = '/etc/a b/c+d_e.f[1]\n';
    const tree = testImage(['perl']);
    const outcome = evaluateText(`perl -nle '${program}'`, tree, new Map([['perl', perl]]), { stdin: text });
    const real = execFileSync('/usr/bin/perl', ['-nle', program], { input: text, encoding: 'latin1' });
    expect(outcome).toMatchObject({ kind: 'completed', stdout: real });
    expect(runEmulated(perl, ['perl', '-e', '1'], treeOf({}))).toBeUndefined();
  });
});

describe('setcap', () => {
  const texts = ['cap_net_raw+ep', 'cap_net_bind_service,cap_setuid=ep', 'cap_setgid=p', 'cap_bpf,cap_chown+eip'];
  const canSet = process.getuid?.() === 0 && hasProgram('/usr/sbin/setcap') && hasProgram('/usr/bin/python3');

  it.skipIf(!canSet).each(texts)('writes the attribute of the real one: %s', (text) => {
    const directory = mkdtempSync(join(tmpdir(), 'suture-setcap-'));
    try {
      const file = join(directory, 'program');
      writeFileSync(file, 'x');
      execFileSync('/usr/sbin/setcap', [text, file]);
      const read = 'import os,sys;sys.stdout.write(os.getxattr(sys.argv[1],"security.capability").hex())';
      const real = execFileSync('/usr/bin/python3', ['-c', read, file], { encoding: 'utf8' });
      const tree = treeOf({ '/usr/bin/program': 'x' });
      expect(runEmulated(setcap, ['setcap', text, '/usr/bin/program'], tree)?.status).toBe(0);
      const ours = tree.stat('/usr/bin/program')?.xattrs.get('security.capability');
      expect(Buffer.from(ours ?? []).toString('hex')).toBe(real);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('removes it, and refuses what it does not know', () => {
    const tree = treeOf({ '/usr/bin/program': 'x', '/usr/bin/link': '-> program' });
    expect(runEmulated(setcap, ['setcap', 'cap_kill=p', '/usr/bin/program'], tree)?.status).toBe(0);
    expect(runEmulated(setcap, ['setcap', '-r', '/usr/bin/program'], tree)?.status).toBe(0);
    expect(tree.stat('/usr/bin/program')?.xattrs.has('security.capability')).toBe(false);
    for (const words of [
      ['all=ep', '/usr/bin/program'],
      ['cap_x=p', '/usr/bin/program'],
      ['cap_kill=p', '/usr/bin/link'],
    ]) {
      expect(runEmulated(setcap, ['setcap', ...words], tree)).toBeUndefined();
    }
  });
});

describe('questions about the machine', () => {
  it('are answered as in a container', () => {
    const status = (path: string): number | undefined =>
      runEmulated(mountpoint, ['mountpoint', '-q', path], treeOf({ '/var/lib/': '' }))?.status;
    expect([status('/proc'), status('/var/lib'), status('/none'), status('/proc/1')]).toEqual([0, 32, 1, undefined]);
    const listening = runEmulated(ss, ['ss', '-nlt', 'sport = 80'], treeOf({}));
    expect(listening?.stdout.split('\n')).toHaveLength(2);
  });
});
