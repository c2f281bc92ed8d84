import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPemBlocks, subjectHash } from './x509-subject.ts';

const CERTIFICATES = '/usr/share/ca-certificates/mozilla';

function isInstalled(command: string): boolean {
  try {
    execFileSync(command, ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const hasOpenssl = isInstalled('openssl');
const shipped = ((): readonly string[] => {
  try {
    return readdirSync(CERTIFICATES).filter((name) => name.endsWith('.crt'));
  } catch {
    return [];
  }
})();

function hashOf(pem: string): string {
  const [block] = readPemBlocks(pem);
  if (block === undefined) throw new Error('no certificate');
  return subjectHash(block.der);
}

describe.skipIf(!hasOpenssl)('the subject hash is that of `openssl x509 -subject_hash` (needs openssl)', () => {
  const work = mkdtempSync(join(tmpdir(), 'suture-x509-'));
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  it.skipIf(shipped.length === 0)('for every certificate of the ca-certificates package', () => {
    for (const name of shipped) {
      const path = join(CERTIFICATES, name);
      const expected = execFileSync('openssl', ['x509', '-in', path, '-noout', '-subject_hash'], { encoding: 'utf8' });
      expect(`${name} ${hashOf(readFileSync(path, 'latin1'))}`).toBe(`${name} ${expected.trim()}`);
    }
  });

  it.each([
    ['blanks inside and around', '/O=  A   B\tC  /CN=  '],
    ['letters beyond ASCII', '/O=ÄÖ Főtanúsítvány/CN=Ünï'],
    ['several values in one set', '/O=b+OU=a+CN=c/C=DE'],
    ['types that are no text', '/serialNumber=12/dnQualifier=X y/CN=Z'],
    ['a mail address as IA5String', '/emailAddress=A@Example.ORG/CN=x'],
  ])('for a subject with %s', (_, subject) => {
    const path = join(work, 'cert.pem');
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/dev/null'];
    const name = ['-utf8', '-multivalue-rdn', '-subj', subject];
    execFileSync('openssl', ['req', '-x509', ...key, ...name, '-out', path], { stdio: 'pipe' });
    const expected = execFileSync('openssl', ['x509', '-in', path, '-noout', '-subject_hash'], { encoding: 'utf8' });
    expect(hashOf(readFileSync(path, 'latin1'))).toBe(expected.trim());
  });
});

describe('malformed input', () => {
  it('is a RangeError, never an endless loop', () => {
    for (const bytes of ['', '30', '3082ffff', '300330', '3003300100', '30053003020100']) {
      expect(() => subjectHash(Buffer.from(bytes, 'hex'))).toThrow(RangeError);
    }
  });
});
