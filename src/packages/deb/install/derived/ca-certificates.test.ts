import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listTree } from '../../../../../test/differential/support/listing.ts';
import { packDirectory, treeOfTar } from '../../../../../test/differential/support/tar-tree.ts';
import { updateCaCertificates } from './ca-certificates.ts';
import { DerivedNotNative } from './not-native.ts';

const PROGRAM = '/usr/sbin/update-ca-certificates';
const SHIPPED = '/usr/share/ca-certificates';
const BOUND = ['etc/ssl/certs', 'usr/local/share/ca-certificates', 'usr/share/ca-certificates', 'etc/ca-certificates'];

function missing(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root (bind mounts)';
  if (!existsSync(PROGRAM) || !existsSync(`${SHIPPED}/mozilla`)) return 'needs ca-certificates';
  try {
    execFileSync('unshare', ['--mount', 'openssl', 'version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'needs openssl, and unshare with the right to mount';
  }
}

const reason = missing();

describe.skipIf(reason !== undefined)(`update-ca-certificates${reason === undefined ? '' : ` (${reason})`}`, () => {
  let work = '';
  beforeAll(() => {
    work = mkdtempSync(join(tmpdir(), 'suture-certificates-'));
  });
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  /** A root with the certificates of this machine, three quarters of them enabled. */
  function makeRoot(name: string): string {
    const root = join(work, name);
    for (const path of [...BOUND, 'usr/sbin', 'proc', 'sys']) mkdirSync(join(root, path), { recursive: true });
    mkdirSync(join(root, 'etc/ca-certificates/update.d'));
    cpSync(PROGRAM, join(root, PROGRAM));
    cpSync(SHIPPED, join(root, SHIPPED), { recursive: true });
    const names = readdirSync(`${SHIPPED}/mozilla`, 'latin1');
    const lines = names.map((file, index) => `${index % 4 === 3 ? '!' : ''}mozilla/${file}`);
    writeFileSync(
      join(root, 'etc/ca-certificates.conf'),
      ['# a comment', '', ...lines, 'mozilla/absent.crt', ''].join('\n'),
      'latin1',
    );
    return root;
  }

  /** Runs the machine's own program with the directories of the root in the places of its own. */
  function runReal(root: string, args: string): void {
    const mounts = [...BOUND, 'etc/ca-certificates.conf'].map((path) => `mount --bind "${root}/${path}" "/${path}"`);
    const script = `set -e\n${mounts.join('\n')}\n${PROGRAM} ${args}\n`;
    execFileSync('unshare', ['--mount', 'sh', '-c', script], {
      stdio: 'pipe',
      env: { PATH: process.env['PATH'] ?? '' },
    });
  }

  async function expectSame(root: string, args: string, options: { fresh: boolean; hooks: boolean }): Promise<void> {
    packDirectory(root, `${root}.before.tar`);
    runReal(root, args);
    packDirectory(root, `${root}.after.tar`);
    const ours = await treeOfTar(`${root}.before.tar`);
    updateCaCertificates(ours, { ...options, sourceDate: 1_700_000_000 });
    const real = await treeOfTar(`${root}.after.tar`);
    const comparable = (tree: typeof real) =>
      [...listTree(tree)].map(([path, { type, mode, owner, target, content }]) => ({
        path,
        type,
        mode,
        owner,
        target,
        content,
      }));
    expect(comparable(ours)).toEqual(comparable(real));
  }

  it('makes links, hashed links and bundle from nothing', () =>
    expectSame(makeRoot('nothing'), '--hooksdir ""', { fresh: false, hooks: false }));

  it('follows a changed configuration: enabled, disabled and removed certificates', async () => {
    const root = makeRoot('changed');
    runReal(root, '');
    const configuration = join(root, 'etc/ca-certificates.conf');
    const lines = readFileSync(configuration, 'latin1').split('\n');
    const turned = lines.map((line, index) =>
      index % 5 !== 0 ? line : line.startsWith('!') ? line.slice(1) : line.startsWith('m') ? `!${line}` : line,
    );
    writeFileSync(configuration, turned.join('\n'), 'latin1');
    const gone = turned.filter((line) => line.startsWith('mozilla/')).slice(10, 14);
    for (const line of gone) rmSync(Buffer.from(`${root}/${SHIPPED}/${line}`, 'latin1'), { force: true });
    await expectSame(root, '', { fresh: false, hooks: true });
  });

  it('takes local certificates, also those with odd names and without a last newline', async () => {
    const root = makeRoot('local');
    const local = join(root, 'usr/local/share/ca-certificates');
    mkdirSync(join(local, 'sub (1)'));
    const names = readdirSync(`${SHIPPED}/mozilla`).filter((name) => /^[A-Z]/.test(name));
    const text = readFileSync(`${SHIPPED}/mozilla/${names[3]}`, 'latin1');
    writeFileSync(join(local, 'sub (1)', 'my, own (ca).crt'), text.trimEnd(), 'latin1');
    writeFileSync(join(local, 'z.crt'), readFileSync(`${SHIPPED}/mozilla/${names[7]}`));
    writeFileSync(join(local, 'ignored.pem'), text, 'latin1');
    await expectSame(root, '', { fresh: false, hooks: true });
  });

  it('clears and makes anew with --fresh', async () => {
    const root = makeRoot('fresh');
    runReal(root, '');
    await expectSame(root, '--fresh', { fresh: true, hooks: true });
  });

  it('refuses hooks, and a program that is not known', async () => {
    const root = makeRoot('hooks');
    writeFileSync(join(root, 'etc/ca-certificates/update.d/jks-keystore'), '#!/bin/sh\n', { mode: 0o755 });
    packDirectory(root, `${root}.tar`);
    const tree = await treeOfTar(`${root}.tar`);
    const options = { fresh: false, hooks: true, sourceDate: 0 };
    expect(() => updateCaCertificates(tree, options)).toThrow(/hook jks-keystore/);
    tree.writeFile(PROGRAM, Buffer.from('#!/bin/sh\nexit 0\n'), { mode: 0o755, uid: 0, gid: 0, mtime: 0 });
    expect(() => updateCaCertificates(tree, { ...options, hooks: false })).toThrow(DerivedNotNative);
  });
});
