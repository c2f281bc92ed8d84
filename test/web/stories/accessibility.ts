import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { type DashboardWorld, leave } from '../support/dashboard-world.ts';
import { PAGES } from '../support/pages.ts';

/** Images: axe looks at every element, and more of the same row tells it nothing new. */
const FEW = 15;

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Milliseconds: on a machine that does much else, axe takes a hundred times as long. */
const PATIENCE = 300_000;

/** What axe finds wrong: the rule and where. Only contrast depends on the theme. */
async function violations(page: Page, where: string): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const axe = new AxeBuilder({ page }).setLegacyMode(true);
    const { violations: wrong } = await (colorScheme === 'light'
      ? axe.withTags(RULES)
      : axe.withRules(['color-contrast'])
    ).analyze();
    for (const { id, nodes } of wrong)
      for (const { target, failureSummary } of nodes)
        found.push(`${where}, ${colorScheme}: ${id} ${target.join(' ')} ${failureSummary ?? ''}`);
  }
  return found;
}

export function accessibilityStories(world: () => DashboardWorld): void {
  it.each(PAGES)(
    'axe finds nothing at %s, in either theme',
    async (path) => {
      world().reset(FEW);
      const page = await world().visit(path, { role: 'operator', reducedMotion: true });
      await expect.poll(() => page.getByText('Loading').count()).toBe(0);
      expect(await violations(page, path)).toEqual([]);
      await leave(page);
    },
    PATIENCE,
  );

  it(
    'nor in what opens over a page',
    async () => {
      world().reset(FEW);
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
    },
    PATIENCE,
  );

  it(
    'nor when signed out, on a telephone, or when all fails',
    async () => {
      world().reset(FEW);
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
    },
    PATIENCE,
  );
}
