import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadFleet } from './load.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'suture-notifications-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const HEAD = 'apiVersion: suture.dev/v1alpha1\nkind: Fleet\nimages: [{images: [registry.example.org/a:1]}]\n';

function load(text: string, head = HEAD) {
  const path = join(directory, 'suture.yaml');
  writeFileSync(path, head + text);
  return loadFleet(path);
}

async function mistakesOf(text: string, head = HEAD): Promise<string> {
  const error = await load(text, head).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'CONFIGURATION' });
  return (error as Error).message.replaceAll(`${directory}/`, '');
}

describe('notifications in suture.yaml', () => {
  it('reads channels of every kind, with the place of each secret and not its value', async () => {
    writeFileSync(join(directory, 'body.txt'), '{{#notices}}{{title}}\n{{/notices}}');
    const fleet = await load(`notifications:
  - {name: hook, kind: webhook, url: {env: HOOK_URL}, secret: {file: hook.key}, events: [sla-breached], minimum: warning}
  - {name: chat, kind: slack, url: {env: SLACK_URL}, teams: [shop], severity: HIGH}
  - {name: cards, kind: teams, url: {plain: "https://hooks.example.org/x"}, digest: {every: weekly, at: "07:30", timeZone: Europe/Berlin}}
  - {name: mm, kind: mattermost, url: {file: mm.url}, digest: {every: 6h}}
  - name: mail
    kind: email
    host: smtp.example.org
    user: suture
    password: {env: SMTP_PASSWORD}
    from: suture@example.org
    to: [ops@example.org]
    template: {title: '{{count}} notices', textFile: body.txt}
`);
    const [hook, chat, cards, mattermost, mail] = fleet.notifications ?? [];
    expect(hook).toMatchObject({
      minimum: 'warning',
      events: ['sla-breached'],
      target: {
        url: { kind: 'environment', name: 'HOOK_URL' },
        secret: { kind: 'file', path: join(directory, 'hook.key') },
      },
    });
    expect(chat).toMatchObject({ teams: ['shop'], severity: 'HIGH', minimum: 'info' });
    expect(cards?.digest).toEqual({ every: '30 7 * * 1', timeZone: 'Europe/Berlin' });
    expect(mattermost?.digest).toEqual({ every: 6 * 3_600_000, timeZone: 'UTC' });
    expect(mail?.target).toMatchObject({ port: 587, tls: 'starttls', to: ['ops@example.org'] });
    expect(mail?.templates.text).toHaveLength(1);
  });

  it('names every mistake with its place', async () => {
    const text = await mistakesOf(`defaults: {notify: [opps]}
notifications:
  - {name: ops, kind: slack, url: {env: A, file: b}}
  - {name: ops, kind: webhook, url: {env: URL}, digest: {every: 6h, at: "08:00"}, template: {html: x}}
  - {name: mail, kind: email, host: h, from: a, to: [b], tls: none, user: u, password: {env: P}}
`);
    expect(text.split('\n')).toEqual([
      'suture.yaml:6:35: notifications[0].url: needs one of env, file and plain; it has 2',
      'suture.yaml:7:12: notifications[1].name: "ops" is the name of two channels',
      'suture.yaml:7:57: notifications[1].digest: at goes with daily and weekly',
      'suture.yaml:7:93: notifications[1].template: only an e-mail has an HTML part',
      'suture.yaml:8:63: notifications[2].tls: none would send the password in the clear',
      'suture.yaml:4:21: defaults.notify[0]: there is no channel "opps"; did you mean "ops"?',
    ]);
    expect(await mistakesOf('notifications: [{name: a, kind: slak, url: {env: A}}]\n')).toContain(
      '"slak" is not webhook, slack, teams, mattermost, email; did you mean slack?',
    );
    expect(await mistakesOf('notifications: [{name: a, kind: slack, url: {env: A}, minimm: info}]\n')).toContain(
      'did you mean "minimum"?',
    );
  });

  it('never repeats what may be a secret in the wrong place', async () => {
    for (const url of ['https://hooks.example.org/T0/B0/s3cr3t', '{env: "https://hooks.example.org/s3cr3t"}'])
      expect(await mistakesOf(`notifications: [{name: a, kind: slack, url: ${url}}]\n`)).not.toContain('s3cr3t');
  });

  it('refuses a template that names what there is not, or is not closed', async () => {
    const channel = (template: string) =>
      `notifications: [{name: a, kind: slack, url: {env: A}, template: {text: "${template}"}}]\n`;
    expect(await mistakesOf(channel('{{titel}}'))).toContain('there is no field "titel"');
    expect(await mistakesOf(channel('{{#notices}}x'))).toContain('{{#notices}} is not closed');
    expect(await mistakesOf(channel('{{> other}}'))).toContain('not part of the language');
  });
});
