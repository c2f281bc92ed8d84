import { expect, it } from 'vitest';
import { groupsOf } from './palette-entries.ts';

const found = {
  images: [
    { reference: 'registry.example.org/a:1', team: 'shop', outcome: 'patched' as const, compliance: 'late' as const },
  ],
  vulnerabilities: [{ id: 'CVE-2026-1', tier: 'HIGH' as const, openImages: 1 }],
  packages: [],
  runs: [],
  teams: [{ name: '', images: 2 }],
};

it('offers the pages before anything is typed, and those of that name after', () => {
  expect(groupsOf('', undefined).map(({ label }) => label)).toEqual(['Pages']);
  expect(groupsOf('waiv', undefined)[0]?.entries.map(({ text }) => text)).toEqual(['Waivers']);
  expect(groupsOf('no such thing', undefined)).toEqual([]);
});

it('links what was found, kind by kind', () => {
  const groups = groupsOf('a', found);
  expect(groups.map(({ label }) => label)).toEqual(['Images', 'Vulnerabilities', 'Teams', 'Pages']);
  const [image, vulnerability, team] = groups.map(({ entries }) => entries[0]);
  expect(image).toMatchObject({ href: '/image?reference=registry.example.org%2Fa%3A1', note: 'shop · Patched' });
  expect(vulnerability?.href).toBe('/vulnerabilities/CVE-2026-1');
  expect(team).toMatchObject({ text: 'Images without a team', href: '/team?name=' });
});
