import { describe, expect, it } from 'vitest';
import { memoryTree } from '../packages/deb/repository/testing/memory-tree.ts';
import { readOperatingSystem } from './os-release.ts';

const read = (files: Readonly<Record<string, string>>) => readOperatingSystem(memoryTree(files));

describe('readOperatingSystem', () => {
  it('reads names, quoted as a shell would', () => {
    const text = `# comment\nID=ubuntu\nVERSION_ID="22.04"\nVERSION_CODENAME=jammy\nPRETTY_NAME='Ubuntu "22" LTS'\nBAD LINE\n`;
    expect(read({ '/etc/os-release': text })).toEqual({
      id: 'ubuntu',
      version: '22.04',
      codename: 'jammy',
      prettyName: 'Ubuntu "22" LTS',
    });
    expect(read({ '/etc/os-release': 'PRETTY_NAME="a \\"b\\" \\$c \\\\"\n' }).prettyName).toBe('a "b" $c \\');
  });

  it('takes /usr/lib where /etc has none, and is empty without either', () => {
    expect(read({ '/usr/lib/os-release': 'ID=debian\n' }).id).toBe('debian');
    expect(read({})).toEqual({ id: '', version: '', codename: '', prettyName: '' });
  });

  it('knows the point release of Debian, but not a name in its place', () => {
    const release = 'ID=debian\nVERSION_ID="12"\n';
    expect(read({ '/etc/os-release': release, '/etc/debian_version': '12.5\n' }).version).toBe('12.5');
    expect(read({ '/etc/os-release': release, '/etc/debian_version': 'trixie/sid\n' }).version).toBe('12');
    expect(read({ '/etc/os-release': 'ID=x\nVERSION_ID=3', '/etc/debian_version': '12.5\n' }).version).toBe('3');
  });

  it('reads UTF-8 names', () => {
    const bytes = Buffer.from('ID=x\nPRETTY_NAME="Größe"\n').toString('latin1');
    expect(read({ '/etc/os-release': bytes }).prettyName).toBe('Größe');
  });
});
