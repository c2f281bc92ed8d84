import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadFleet } from './load.ts';
import { nearest } from './messages.ts';
import { fleetJsonSchema } from './schema.ts';
import { policyRows, viewFleet } from './view.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'suture-config-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

/** The messages of a configuration that is wrong, with the directory taken off. */
async function mistakesOf(text: string): Promise<string[]> {
  const error = await loadFleet(file('suture.yaml', text)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'CONFIGURATION' });
  return (error as Error).message.replaceAll(`${directory}/`, '').split('\n');
}

const HEAD = 'apiVersion: suture.dev/v1alpha1\nkind: Fleet\n';

describe('suture.yaml', () => {
  it('gives each image set its policy, and says where every value comes from', async () => {
    file(
      'images.txt',
      '# shared\nregistry.example.org/shared/nginx:1.25\n\nregistry.example.org/shared/python # newest\n',
    );
    const fleet = await loadFleet(
      file(
        'suture.yaml',
        `${HEAD}defaults:
  severity: HIGH
  sla: {CRITICAL: 24h, HIGH: 7d}
  team: platform
mirrors:
  - from: deb.example.org
    to: https://mirror.example.org/debian
concurrency: {perRegistry: 2}
retention: 90d
images:
  - name: shop
    images: ["registry.example.org/shop/api:1.4.2", "registry.example.org/shop/web@sha256:${'a'.repeat(64)}"]
    severity: CRITICAL
    owner: shop@example.org
  - file: images.txt
  - repository: registry.example.org/base/node
    tags: {pattern: '-alpine$', exclude: ['rc'], newest: {count: 3, by: semver}}
  - registry: internal.example.org:5000
    repositories: ^team/
    target: hardened.example.org/patched
`,
      ),
    );
    expect(fleet.concurrency).toEqual({ images: 4, perRegistry: 2 });
    expect(fleet.retention).toBe(90 * 86_400_000);
    expect(fleet.sets.map(({ name }) => name)).toEqual([
      'shop',
      'images.txt',
      'registry.example.org/base/node',
      'internal.example.org:5000',
    ]);
    const [shop, listed] = fleet.sets;
    if (shop === undefined || listed === undefined) throw new Error('no sets');
    expect(shop.policy).toEqual({
      scope: 'security',
      severity: 'CRITICAL',
      sla: { CRITICAL: 86_400_000, HIGH: 604_800_000 },
      endOfLife: 'patch',
      tag: '{tag}-patched-{date}',
      team: 'platform',
      owner: 'shop@example.org',
    });
    const rows = Object.fromEntries(policyRows(shop).map(({ field, origin }) => [field, origin.split('/').at(-1)]));
    expect(rows).toMatchObject({
      severity: 'suture.yaml:15:15',
      sla: 'suture.yaml:5:8',
      tag: 'default',
      team: 'suture.yaml:6:9',
    });
    expect(listed.selection).toEqual({
      kind: 'references',
      references: [
        { reference: 'registry.example.org/shared/nginx:1.25', origin: join(directory, 'images.txt:2') },
        { reference: 'registry.example.org/shared/python:latest', origin: join(directory, 'images.txt:4') },
      ],
    });
    expect(JSON.stringify(viewFleet(fleet))).toContain('the newest 3 tags by semver of /-alpine$/u without /rc/u');
  });

  it.each([
    [
      `${HEAD}images:\n  - images: [a.example.org/x:1]\n    severty: HIGH\n`,
      ['suture.yaml:5:5: images[0].severty: there is no such field; did you mean "severity"?'],
    ],
    [
      `${HEAD}defaults:\n  severity: HIHG\nimages:\n  - images: [a.example.org/x:1]\n`,
      ['suture.yaml:4:13: defaults.severity: "HIHG" is not UNKNOWN, LOW, MEDIUM, HIGH, CRITICAL; did you mean HIGH?'],
    ],
    [
      `${HEAD}defaults:\n  sla: {CRITICAL: 24}\n  maxDatabaseAge: soon\nimages:\n  - images: [a.example.org/x:1]\n`,
      [
        'suture.yaml:4:19: defaults.sla.CRITICAL: is not a text',
        'suture.yaml:5:19: defaults.maxDatabaseAge: "soon": is no duration: give a number and m, h or d, such as 90m, 36h or 7d',
      ],
    ],
    [`${HEAD}`, ['suture.yaml:1:1: images: is missing']],
    [`${HEAD}images: []\n`, ['suture.yaml:3:9: images: is empty']],
    [
      `${HEAD}images:\n  - repository: a.example.org/x\n    registry: a.example.org\n`,
      ['suture.yaml:4:5: images[0]: needs one of images, file, repository, registry; it has repository and registry'],
    ],
    [
      `${HEAD}images:\n  - images: [a.example.org/x:1]\n    tags: {pattern: x}\n`,
      ['suture.yaml:5:11: images[0].tags: goes with repository or registry only'],
    ],
    [
      `${HEAD}images:\n  - repository: a.example.org/x\n    tags: {pattern: '['}\n`,
      ['suture.yaml:5:21: images[0].tags.pattern: "[": is no regular expression'],
    ],
    [
      `${HEAD}images:\n  - images: ["a.example.org/X:1"]\n`,
      ['suture.yaml:4:14: "a.example.org/X:1" is not an image reference: the repository must be lower case'],
    ],
    [
      `${HEAD}images:\n  - images: [a.example.org/x:1]\n    tag: fixed\n`,
      ['suture.yaml:5:10: images[0].tag: "fixed": needs {tag}, the tag of the input'],
    ],
    [
      'apiVersion: suture.dev/v1alpha1\nkind: Fleat\n',
      ['suture.yaml:2:7: kind: "Fleat" is not Fleet, PatchConfig, ConfigMap; did you mean Fleet?'],
    ],
    [
      'apiVersion: suture.dev/v1alpha1\nkind: Fleet\nimages:\n  - {\n',
      expect.arrayContaining([expect.stringMatching(/^suture\.yaml:\d+:\d+: /)]),
    ],
  ])('names file, line and field of a mistake: %s', async (text, expected) => {
    expect(await mistakesOf(text)).toEqual(expected);
  });

  it('guesses only what is near', () => {
    expect(nearest('pattrn', ['pattern', 'exclude'])).toBe('pattern');
    expect(nearest('colour', ['pattern', 'exclude'])).toBeUndefined();
  });

  it('has its schema published (run `make docs`)', () => {
    const published = new URL('../../../docs/schemas/fleet.schema.json', import.meta.url);
    expect(existsSync(published)).toBe(true);
    expect(readFileSync(published, 'utf8')).toBe(fleetJsonSchema());
  });
});

describe('formats of others', () => {
  it('reads a list of images', async () => {
    const path = file('list.txt', 'registry.example.org:5000/a:1\ndocker://debian:12\n');
    const [set] = (await loadFleet(path)).sets;
    expect(set?.selection).toEqual({
      kind: 'references',
      references: [
        { reference: 'registry.example.org:5000/a:1', origin: `${path}:1` },
        { reference: 'docker.io/library/debian:12', origin: `${path}:2` },
      ],
    });
    await expect(loadFleet(file('empty.txt', '# nothing\n'))).rejects.toMatchObject({ code: 'CONFIGURATION' });
    await expect(loadFleet(file('bad.txt', 'ok.example.org/a:1\nBad Image\n'))).rejects.toThrow('bad.txt:2');
  });

  it('reads the copa-image-list ConfigMap; its severity is a threshold', async () => {
    const text = `apiVersion: v1
kind: ConfigMap
metadata: {name: copa-image-list, namespace: copa-system}
data:
  # One image per line.
  images.txt: |
    registry.example.com/myapp/api:1.4.2
    registry.example.com/shared/nginx-base:1.25.3
  severity_threshold: "CRITICAL"
  patch_sla_hours: "24"
`;
    const [set] = (await loadFleet(file('cm.yaml', text))).sets;
    expect(set?.policy.severity).toBe('CRITICAL');
    expect(set?.policy.sla).toMatchObject({ CRITICAL: 86_400_000, HIGH: 86_400_000 });
    expect(set?.selection).toMatchObject({ references: [{ reference: 'registry.example.com/myapp/api:1.4.2' }, {}] });
    await expect(loadFleet(file('cm.yaml', text.replace('CRITICAL', 'URGENT')))).rejects.toThrow('cm.yaml:9:23');
  });

  it("reads Copa's PatchConfig", async () => {
    const fleet = await loadFleet(
      file(
        'copa.yaml',
        `apiVersion: copa.sh/v1alpha1
kind: PatchConfig
target:
  registry: registry.example.org/patched/
images:
  - name: nginx
    image: docker.io/library/nginx
    tags: {strategy: list, list: ["1.25.0"]}
    platforms: [linux/amd64]
  - name: alpine
    image: quay.io/team/alpine
    tags: {strategy: pattern, pattern: '^3\\.', maxTags: 2, exclude: ["3.1.0"]}
    target: {tag: '{{ .SourceTag }}-safe'}
  - name: redis
    image: quay.io/team/redis
    tags: {strategy: latest}
`,
      ),
    );
    expect(fleet.sets.map(({ policy }) => [policy.target, policy.tag, policy.platform])).toEqual([
      ['registry.example.org/patched', '{tag}-patched', 'linux/amd64'],
      ['registry.example.org/patched', '{tag}-safe', undefined],
      ['registry.example.org/patched', '{tag}-patched', undefined],
    ]);
    expect(fleet.sets.map(({ selection }) => selection)).toMatchObject([
      { repository: 'docker.io/library/nginx', tags: { list: ['1.25.0'] } },
      { repository: 'quay.io/team/alpine', tags: { newest: { count: 2, by: 'version' } } },
      { repository: 'quay.io/team/redis', tags: { newest: { count: 1, by: 'semver' } } },
    ]);
  });
});

describe('schedules', () => {
  const images = 'images:\n  - {name: a, images: ["r.example.org/a:1"]}\n';

  it('hold for all sets from defaults, or for one, in UTC unless a zone is named', async () => {
    const fleet = await loadFleet(
      file(
        'suture.yaml',
        `${HEAD}defaults: {schedule: {cron: "0 3 * * *", timeZone: Europe/Berlin, jitter: 30m}}\n${images}  - {name: b, images: ["r.example.org/b:1"], schedule: {cron: "*/15 * * * *"}}\n`,
      ),
    );
    expect(fleet.sets.map(({ policy }) => policy.schedule)).toEqual([
      { cron: '0 3 * * *', timeZone: 'Europe/Berlin', jitterMs: 1_800_000 },
      { cron: '*/15 * * * *', timeZone: 'UTC', jitterMs: 0 },
    ]);
    const [set] = fleet.sets;
    const row = set && policyRows(set).find(({ field }) => field === 'schedule');
    expect(row).toMatchObject({ value: '0 3 * * * Europe/Berlin, up to 0.5h later' });
    expect(row?.origin).toMatch(/suture\.yaml:3:/);
  });

  it.each([
    ['cron: "0 3 * *"', /schedule\.cron: "0 3 \* \*": is no cron expression/],
    ['cron: "0 3 31 2 *"', /is no cron expression/],
    ['cron: "0 0 3 * * *"', /is no cron expression/],
    ['cron: "0 3 * * *", timeZone: Mars/Olympus', /schedule\.timeZone: "Mars\/Olympus": is no time zone/],
    ['cron: "0 3 * * *", timezone: UTC', /did you mean "timeZone"/],
  ])('refuses {%s}', async (text, message) => {
    const lines = await mistakesOf(`${HEAD}defaults: {schedule: {${text}}}\n${images}`);
    expect(lines.join('\n')).toMatch(message);
  });
});
