import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { type DashboardWorld, leave } from '../support/dashboard-world.ts';

/** What has the focus, as it is called. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? '';
  });
}

async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab');
    if ((await focused(page)) === name) return;
  }
  throw new Error(`${name} is not reached by Tab`);
}

export function keyboardStories(world: () => DashboardWorld): void {
  it('skips to the content, walks the sections and tells where it is', async () => {
    const page = await world().visit('/', { role: 'viewer' });
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('content');
    await page.goto('/');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await tabTo(page, 'Images');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/images$/);
    await expect.poll(() => focused(page)).toBe('Images');
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    expect(await page.getByRole('link', { name: 'Images', exact: true }).getAttribute('aria-current')).toBe('page');
    await leave(page);
  });

  it('searches: opens with a key, chooses with arrows, opens with Enter, gives the focus back on Escape', async () => {
    const page = await world().visit('/teams', { role: 'viewer' });
    await tabTo(page, 'Teams');
    await page.keyboard.press('/');
    const field = page.getByRole('combobox', { name: /^Search/ });
    await field.waitFor();
    await page.keyboard.type('CVE-2026-1');
    await page.getByRole('option').nth(2).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    const chosen = page.getByRole('option', { selected: true });
    const name = /CVE-2026-\d+/.exec((await chosen.textContent()) ?? '')?.[0] ?? 'none';
    expect(await field.getAttribute('aria-activedescendant')).toBe(await chosen.getAttribute('id'));
    await page.keyboard.press('Escape');
    await field.waitFor({ state: 'detached' });
    expect(await focused(page)).toBe('Teams');
    await page.keyboard.press('Control+k');
    await page.keyboard.type(name);
    await page.getByRole('option', { name }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name }).waitFor();
    await leave(page);
  });

  it('keeps the focus in a dialog, and gives it back', async () => {
    const page = await world().visit('/waivers', { role: 'operator' });
    await tabTo(page, 'New waiver');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    for (let presses = 0; presses < 25; presses++) {
      await page.keyboard.press('Tab');
      const outside = await page.evaluate(
        () => document.activeElement !== document.body && document.activeElement?.closest('dialog') === null,
      );
      expect(outside).toBe(false);
    }
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await focused(page)).toBe('New waiver');
    await leave(page);
  });

  it('sorts a table and changes the theme', async () => {
    const page = await world().visit('/images', { role: 'viewer' });
    await tabTo(page, 'Team');
    await page.keyboard.press('Enter');
    await page.waitForURL(/sort=team/);
    await page.getByRole('button', { name: 'vera' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitemradio', { name: 'Dark' }).waitFor();
    await page.keyboard.press('d');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
    await leave(page);
  });
}
