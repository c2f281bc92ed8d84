import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProgressEvent } from '../../../core/progress.ts';
import { candidateKeys, normalizeKey } from './match.ts';
import { credentialStore } from './store.ts';

let directory: string;
let environment: Record<string, string>;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'suture-credentials-'));
  environment = { HOME: directory, PATH: `${join(directory, 'bin')}:/usr/bin:/bin` };
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const auth = (text: string): { auth: string } => ({ auth: Buffer.from(text).toString('base64') });
const basic = (username: string, password: string) => ({ kind: 'basic', username, password });

function write(path: string, content: unknown): string {
  const file = join(directory, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

function helper(name: string, script: string): void {
  const file = join(directory, 'bin', `docker-credential-${name}`);
  mkdirSync(join(directory, 'bin'), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

const find = (host: string, repository?: string) => credentialStore({ environment }).find(host, repository);

describe('keys', () => {
  it('are exact hosts and whole path components', () => {
    expect(candidateKeys('quay.io', 'a/b')).toEqual(['quay.io/a/b', 'quay.io/a', 'quay.io']);
    expect(normalizeKey('https://Index.Docker.io/v1/')).toBe('index.docker.io');
    expect(normalizeKey('http://localhost:5000')).toBe('localhost:5000');
    expect(normalizeKey('quay.io/team/v1')).toBe('quay.io/team/v1');
  });
});

describe('auths', () => {
  it('match the exact host, never a part of it', async () => {
    write('.docker/config.json', { auths: { 'example.org': auth('me:pass:word') } });
    expect(await find('example.org')).toEqual(basic('me', 'pass:word'));
    for (const host of ['registry.example.org', 'example.org.evil.test', 'ample.org', 'example.org:5000']) {
      expect(await find(host, 'a')).toBeUndefined();
    }
  });

  it('prefer the longest path, as podman does', async () => {
    const auths = { 'quay.io': auth('a:1'), 'quay.io/team': auth('b:2'), 'quay.io/team/app': auth('c:3') };
    write('.docker/config.json', { auths });
    expect(await find('quay.io', 'team/app')).toEqual(basic('c', '3'));
    expect(await find('quay.io', 'team/other')).toEqual(basic('b', '2'));
    expect(await find('quay.io', 'teammate/app')).toEqual(basic('a', '1'));
  });

  it('know Docker Hub by its names', async () => {
    write('.docker/config.json', { auths: { 'https://index.docker.io/v1/': auth('hub:pw') } });
    expect(await find('docker.io', 'library/debian')).toEqual(basic('hub', 'pw'));
  });

  it('hold identity and registry tokens, and names in clear', async () => {
    write('.docker/config.json', {
      auths: {
        'a.test': { ...auth('00000000-0000-0000-0000-000000000000:'), identitytoken: 'refresh' },
        'b.test': { registrytoken: 'bearer' },
        'c.test': { username: 'u', password: 'p' },
        'd.test': {},
      },
    });
    expect(await find('a.test')).toEqual({ kind: 'identityToken', token: 'refresh' });
    expect(await find('b.test')).toEqual({ kind: 'registryToken', token: 'bearer' });
    expect(await find('c.test')).toEqual(basic('u', 'p'));
    expect(await find('d.test')).toBeUndefined();
  });
});

describe('files', () => {
  it('are searched in order until one has something', async () => {
    environment['DOCKER_CONFIG'] = join(directory, 'docker');
    environment['REGISTRY_AUTH_FILE'] = write('auth-file.json', {
      auths: { 'a.test': auth('file:2'), 'b.test': auth('file:2') },
    });
    environment['XDG_RUNTIME_DIR'] = join(directory, 'run');
    write('docker/config.json', { auths: { 'a.test': auth('docker:1') } });
    write('run/containers/auth.json', { auths: { 'c.test': auth('run:3') } });
    write('.config/containers/auth.json', { auths: { 'd.test': auth('home:4') } });
    expect(await find('a.test')).toEqual(basic('docker', '1'));
    expect(await find('b.test')).toEqual(basic('file', '2'));
    expect(await find('c.test')).toEqual(basic('run', '3'));
    expect(await find('d.test')).toEqual(basic('home', '4'));
    expect(await find('e.test')).toBeUndefined();
  });

  it('that are broken are named, without their text', async () => {
    write('.docker/config.json', '{"auths": {"a.test": {"auth": "c2VjcmV0" broken');
    const error: unknown = await find('a.test').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'CONFIGURATION' });
    expect(String(error)).toContain('config.json');
    expect(String(error)).not.toContain('c2VjcmV0');
    write('.docker/config.json', { auths: { 'a.test': { auth: 7 } } });
    await expect(find('a.test')).rejects.toThrow(/auths\.a\.test\.auth/);
  });
});

describe('helpers', () => {
  it("are asked on standard input, the host's own before the general one", async () => {
    helper(
      'own',
      'read host; echo "{\\"ServerURL\\":\\"$host\\",\\"Username\\":\\"own-$1\\",\\"Secret\\":\\"$host\\"}"',
    );
    helper('general', 'read host; echo "{\\"Username\\":\\"<token>\\",\\"Secret\\":\\"$host\\"}"');
    write('.docker/config.json', { credHelpers: { 'a.test': 'own' }, credsStore: 'general' });
    expect(await find('a.test', 'x')).toEqual(basic('own-get', 'a.test'));
    expect(await find('b.test', 'x')).toEqual({ kind: 'identityToken', token: 'b.test' });
    expect(await find('docker.io')).toEqual({ kind: 'identityToken', token: 'https://index.docker.io/v1/' });
  });

  it('without an answer leave the word to auths', async () => {
    helper('empty', 'echo "credentials not found in native keychain"; exit 1');
    write('.docker/config.json', { credsStore: 'empty', auths: { 'a.test': auth('a:1'), 'b.test': {} } });
    expect(await find('a.test')).toEqual(basic('a', '1'));
    expect(await find('b.test')).toBeUndefined();
  });

  it('that fail, hang or talk nonsense are reported', async () => {
    helper('broken', 'echo "keychain is locked"; exit 1');
    helper('slow', 'exec sleep 20');
    helper('mad', 'echo hello');
    write('.docker/config.json', {
      credHelpers: { 'a.test': 'broken', 'b.test': 'slow', 'c.test': 'mad', 'd.test': '../../bin/sh' },
    });
    const store = credentialStore({ environment, helperTimeLimit: 300 });
    await expect(store.find('a.test', undefined)).rejects.toThrow(/keychain is locked/);
    await expect(store.find('b.test', undefined)).rejects.toThrow(/within 300 ms/);
    await expect(store.find('c.test', undefined)).rejects.toMatchObject({ code: 'CREDENTIAL_HELPER_FAILED' });
    await expect(store.find('d.test', undefined)).rejects.toThrow(/not the name/);
  });

  it('that are missing are said and passed over', async () => {
    const events: ProgressEvent[] = [];
    write('.docker/config.json', { credsStore: 'desktop' });
    const store = credentialStore({ environment, progress: { emit: (event) => events.push(event) } });
    expect(await store.find('a.test', 'x')).toBeUndefined();
    expect(events).toMatchObject([
      { kind: 'note', level: 'warning', message: expect.stringContaining('desktop') as string },
    ]);
  });
});
