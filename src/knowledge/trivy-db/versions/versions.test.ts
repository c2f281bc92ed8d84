import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareDebVersions } from '../../../packages/deb/version/compare.ts';
import { TRIVY_APK_ORDER } from './apk.ts';
import { TRIVY_DEB_ORDER } from './deb.ts';
import type { VersionOrder } from './order.ts';
import { compareRpmSegments, TRIVY_RPM_ORDER } from './rpm.ts';

const SHARED = new URL('../../../../../shared/fixtures/versions/', import.meta.url);
const table = (name: string) =>
  JSON.parse(readFileSync(new URL(`${name}.json`, SHARED), 'utf8')) as [string, string, number | boolean][];

describe.skipIf(!existsSync(SHARED))("the libraries' own tables (skipped without ../shared)", () => {
  it('rpm, over one part', () => {
    expect(table('rpm').filter(([a, b, expected]) => compareRpmSegments(a, b) !== expected)).toEqual([]);
  });

  it('apk', () => {
    expect(table('apk').filter(([a, b, expected]) => TRIVY_APK_ORDER.compare(a, b) !== expected)).toEqual([]);
  });

  it('deb', () => {
    const rows = table('deb-less-than').filter(([a, b]) => TRIVY_DEB_ORDER.isValid(a) && TRIVY_DEB_ORDER.isValid(b));
    expect(rows.length).toBeGreaterThan(5);
    expect(rows.filter(([a, b, less]) => TRIVY_DEB_ORDER.compare(a, b) < 0 !== less)).toEqual([]);
  });
});

/** Each string is a chain: every version below the one that follows `<`, equal over `=`. */
function chain(order: VersionOrder, text: string): void {
  const tokens = text.split(' ');
  for (let at = 0; at + 2 < tokens.length; at += 2) {
    const [a = '', operator, b = ''] = [tokens[at], tokens[at + 1], tokens[at + 2]].map((x) => (x === "''" ? '' : x));
    expect([a, operator, b, Math.sign(order.compare(a, b))]).toEqual([a, operator, b, operator === '<' ? -1 : 0]);
    expect(Math.sign(order.compare(b, a))).toBe(operator === '<' ? 1 : 0);
  }
}

describe('go-deb-version', () => {
  it.each([
    '1.0~rc1 < 1.0 = 1.0-0 = 0:1.0 < 1.0-1~deb12u1 < 1.0-1 < 1.0-1+deb12u1 < 1.0-1+deb12u2 < 1:0',
    '1.0 = 1.00 < 1.a < 1.+',
    '1.99999999999999999999 = 1.99999999999999999998',
  ])('%s', (text) => chain(TRIVY_DEB_ORDER, text));

  it.each(['', 'a1', '1.0^git1', 'x:1', '-1:1', '1.0-1/2', '1.0 1'])('refuses "%s"', (version) => {
    expect(TRIVY_DEB_ORDER.isValid(version)).toBe(false);
  });

  it.each(['1_0', '1.0-1_2', ' 1.0 ', '1-2-3'])('accepts "%s"', (version) => {
    expect(TRIVY_DEB_ORDER.isValid(version)).toBe(true);
  });

  it('is dpkg order for numbers below 2^63 (property)', () => {
    const part = fc.stringMatching(/^[0-9]{1,6}([a-z.+~][0-9]{0,6}){0,4}(-[a-z0-9.+~]{1,8})?$/);
    fc.assert(
      fc.property(part, part, (a, b) => {
        expect(Math.sign(TRIVY_DEB_ORDER.compare(a, b))).toBe(compareDebVersions(a, b));
      }),
    );
  });
});

describe('go-rpm-version', () => {
  it.each([
    "'' < 0",
    '1.0~rc1 < 1.0 < 1.0^ < 1.0^git1 < 1.0.1',
    '1.05 = 1.5',
    '2_0 = 2.0',
    '-1:9 < 9',
    'x:1 = 1 = 0:1',
    '1.0 < 1.0-1',
    '1-1.el8 < 1-1.el8_2',
    '1-1.module_el8 < 1-1.module+el8.1',
    '1.99999999999999999998 < 1.99999999999999999999',
    '1.a < 1.0',
  ])('%s', (text) => chain(TRIVY_RPM_ORDER, text));

  it.each([
    ['0:1.2-3', '1.2-3'],
    ['1:1.2-3', '1:1.2-3'],
    ['-1:1.2', '1.2'],
    ['', ''],
  ])('prints %s as %s', (version, printed) => expect(TRIVY_RPM_ORDER.normalize(version)).toBe(printed));
});

describe('go-apk-version', () => {
  it.each([
    '1_alpha < 1_beta < 1_pre < 1_rc < 1 < 1_cvs < 1_svn < 1_git < 1_hg < 1_p',
    '1.1.1 < 1.1.1a < 1.1.1k < 1.1.1l',
    '1.2.3 < 1.2.3-r0 < 1.2.3-r9 < 1.2.3-r10 < 1.2.3_p1-r0',
    '1.02 < 1.1',
    '1.010 < 1.1',
    "'' = 0",
    "'' < 1.0-r0",
    '1.9223372036854775808 < 1.0',
  ])('%s', (text) => chain(TRIVY_APK_ORDER, text));

  it.each(['1:1.0', '1.2.3~abc', '1.0^', '1.0_foo', '1.0-', '1ab'])('refuses "%s"', (version) => {
    expect(TRIVY_APK_ORDER.isValid(version)).toBe(false);
  });

  it.each(['', 'r1.2', '1.0-0', '1.0-r0', '1.0_p', '20.10.11.r0'])('accepts "%s"', (version) => {
    expect(TRIVY_APK_ORDER.isValid(version)).toBe(true);
  });
});
