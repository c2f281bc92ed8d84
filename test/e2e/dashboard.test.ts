import { writeFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, noBrowser } from '../web/support/browser.ts';
import { FleetWorld } from './support/fleet-world.ts';
import { RunningService } from './support/running-service.ts';
import { FIRST_TAG, World } from './support/world.ts';

const PATIENCE = 60_000;

/** The program itself behind the page: its service, its store, a registry and a signed archive. */
describe.skipIf(noBrowser !== undefined)('the dashboard of a running service', () => {
  let world: World;
  let fleet: FleetWorld;
  let service: RunningService;
  let browser: Browser;
  let page: Page;
  let references: string[];
  let token: string;
  const complaints: string[] = [];

  beforeAll(async () => {
    world = await World.open();
    await world.publishFirst();
    fleet = await FleetWorld.open(world);
    references = await fleet.pushMany(2, 2);
    const [config, store] = [world.path('suture.yaml'), world.path('fleet.db')];
    const images = references.map((reference) => JSON.stringify(reference)).join(', ');
    writeFileSync(
      config,
      `apiVersion: suture.dev/v1alpha1\nkind: Fleet\nimages:\n  - {name: all, team: shop, images: [${images}]}\n`,
    );
    const made = await world.call(['token', 'create', '--name', 'jo', '--role', 'operator', '--store', store]);
    token = made.stdout.trim();
    service = await RunningService.start(world, ['-c', config, '--store', store]);
    browser = await launchBrowser();
    const context = await browser.newContext({ baseURL: service.url });
    context.setDefaultTimeout(PATIENCE);
    page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('401')) complaints.push(message.text());
    });
  });
  afterAll(async () => {
    await browser?.close();
    await service?.kill();
    await fleet?.close();
    await world?.close();
  });

  it('signs in, runs the fleet while one watches, and shows what became of it', async () => {
    await page.goto('/images');
    await page.getByLabel('Access token').fill(token);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Images' }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Runs', exact: true }).click();
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Start run' }).click();
    await page.waitForURL(/\/runs\/.+/);
    await page.getByTitle('Every image was looked at').waitFor();
    const rows = page.getByRole('table', { name: 'Images of the run' }).getByRole('rowheader');
    await expect.poll(() => rows.count(), { timeout: PATIENCE }).toBe(4);
    await page.getByRole('tab', { name: 'Log' }).click();
    await page
      .getByLabel('Log lines')
      .getByText(/ patched$/)
      .first()
      .waitFor();

    await page.getByRole('link', { name: 'Images', exact: true }).click();
    await page.getByText('4 in all').waitFor();
    await page.getByRole('rowheader').getByRole('link').first().click();
    await page.getByRole('tab', { name: /^Plan/ }).click();
    await page
      .getByRole('table', { name: 'Packages that the plan changes' })
      .getByText('1.0-1+deb1u1')
      .first()
      .waitFor();
    await page.getByRole('tab', { name: /^Layers/ }).click();
    await page.getByText('The patch').waitFor();
    expect(await page.getByRole('main').textContent()).toContain(`-patched-${FIRST_TAG}`);
  }, 240_000);

  it('shows every page of what the service really says, with nothing refused on the way', async () => {
    const paths = [
      '/',
      '/images',
      '/vulnerabilities',
      '/runs',
      '/waivers',
      '/teams',
      '/team?name=shop',
      '/events',
      '/report',
    ];
    for (const path of paths) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await expect.poll(() => page.getByText('Loading').count(), { timeout: PATIENCE }).toBe(0);
      expect(await page.getByRole('alert').allTextContents()).toEqual([]);
    }
    const reference = references[0] ?? '';
    for (const tab of ['findings', 'plan', 'layers', 'history']) {
      await page.goto(`/image?reference=${encodeURIComponent(reference)}&tab=${tab}`);
      await page.getByRole('tab', { selected: true }).waitFor();
      await expect.poll(() => page.getByText('Loading').count(), { timeout: PATIENCE }).toBe(0);
      expect(await page.getByRole('alert').allTextContents()).toEqual([]);
    }
    expect(complaints).toEqual([]);
  }, 240_000);

  it('waives, exports, and puts both on record', async () => {
    await page.goto('/waivers');
    await page.getByRole('button', { name: 'New waiver' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Vulnerability').fill('CVE-2025-0001');
    await dialog.getByLabel('Images').fill(`${fleet.proxy.host}/**`);
    await dialog.getByLabel('Ticket').fill('SEC-1');
    await dialog.getByLabel('Reason').fill('It is not reachable.');
    await dialog.getByRole('button', { name: 'Waive', exact: true }).click();
    const row = page.getByRole('row').filter({ hasText: 'SEC-1' });
    await row.waitFor();
    expect(await row.textContent()).toContain('jo');
    await page.goto('/events?kind=waiver-added');
    await page.getByRole('row').filter({ hasText: 'Waiver added' }).waitFor();
    await page.goto('/images');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/images\.csv$/);
    await page.getByRole('button', { name: 'jo' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByLabel('Access token').waitFor();
    expect(complaints).toEqual([]);
  }, 240_000);
});
