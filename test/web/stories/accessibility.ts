import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { type DashboardWorld, leave } from '../support/dashboard-world.ts';
import { PAGES } from '../support/pages.ts';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe finds wrong in either theme: the rule and where. */
async function violations(page: Page, where: string): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations: wrong } = await new AxeBuilder({ page }).withTags(RULES).analyze();
    for (const { id, nodes } of wrong)
      for (const { target, failureSummary } of nodes)
        found.push(`${where}, ${colorScheme}: ${id} ${target.join(' ')} ${failureSummary ?? ''}`);
  }
  return found;
}

export function accessibilityStories(world: () => DashboardWorld): void {
  it('axe finds nothing on any page, in either theme', async () => {
    const page = await world().visit('/', { role: 'operator', reducedMotion: true });
    const found: string[] = [];
    for (const path of PAGES) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await expect.poll(() => page.getByText('Loading').count()).toBe(0);
      found.push(...(await violations(page, path)));
    }
    expect(found).toEqual([]);
    await leave(page);
  }, 240_000);

  it('nor in what opens over a page', async () => {
    const page = await world().visit('/waivers', { role: 'operator', reducedMotion: true });
    const found: string[] = [];
    await page.keyboard.press('/');
    await page.getByRole('combobox', { name: /^Search/ }).fill('lib');
    await page.getByRole('option', { name: 'libssl3' }).waitFor();
    found.push(...(await violations(page, 'search')));
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'New waiver' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Waive', exact: true }).click();
    found.push(...(await violations(page, 'waiver form with errors')));
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'jo' }).click();
    found.push(...(await violations(page, 'user menu')));
    expect(found).toEqual([]);
    await leave(page);
  }, 240_000);

  it('nor when signed out, on a telephone, or when all fails', async () => {
    const found: string[] = [];
    const signIn = await world().visit('/', { role: undefined, reducedMotion: true });
    found.push(...(await violations(signIn, 'sign in')));
    await leave(signIn);
    const page = await world().visit('/images', { role: 'viewer', width: 390, reducedMotion: true });
    await page.getByRole('table').waitFor();
    found.push(...(await violations(page, 'images at 390')));
    await page.getByRole('button', { name: 'Open navigation' }).click();
    found.push(...(await violations(page, 'drawer')));
    world().server.fail('/images', 400);
    await page.reload();
    await page.getByRole('alert').waitFor();
    found.push(...(await violations(page, 'failure')));
    expect(found).toEqual([]);
    await leave(page);
  }, 240_000);
}
