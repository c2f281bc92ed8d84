import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { type DashboardWorld, leave } from '../support/dashboard-world.ts';
import { PAGES } from '../support/pages.ts';

const settled = (page: Page) => expect.poll(() => page.getByText('Loading').count()).toBe(0);
const background = (page: Page) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);

export function layoutStories(world: () => DashboardWorld): void {
  it('never scrolls sideways, on any page, from a telephone to a desk', async () => {
    const page = await world().visit('/', { role: 'operator' });
    const over: string[] = [];
    for (const path of PAGES) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await settled(page);
      for (const width of [390, 768, 1024, 1440]) {
        await page.setViewportSize({ width, height: 900 });
        const excess = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        if (excess > 0) over.push(`${path} at ${width}: ${excess}`);
      }
    }
    expect(over).toEqual([]);
    await leave(page);
  });

  it('has its sections in a drawer on a telephone', async () => {
    const page = await world().visit('/', { role: 'viewer', width: 390 });
    await page.getByRole('button', { name: 'Open navigation' }).click();
    await page.getByRole('dialog', { name: 'Navigation' }).getByRole('link', { name: 'Waivers' }).click();
    await page.getByRole('heading', { name: 'Waivers' }).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    await leave(page);
  });

  it('follows the theme of the system until one is chosen, and remembers the choice', async () => {
    const page = await world().visit('/', { role: 'viewer', theme: 'light' });
    const light = await background(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await background(page);
    expect(dark).not.toBe(light);
    await page.getByRole('button', { name: 'vera' }).click();
    await page.getByRole('menuitemradio', { name: 'Light' }).click();
    await expect.poll(() => background(page)).toBe(light);
    await page.reload();
    expect(await background(page)).toBe(light);
    await page.getByRole('button', { name: 'vera' }).click();
    await page.getByRole('menuitemradio', { name: 'System' }).click();
    await expect.poll(() => background(page)).toBe(dark);
    await leave(page);
  });

  it('moves nothing for who asked for that', async () => {
    const release = world().server.hold('/overview');
    const page = await world().visit('/', { role: 'viewer', reducedMotion: true });
    const line = page.getByRole('status').locator('span[aria-hidden]').first();
    await line.waitFor();
    expect(
      await line.evaluate((element) => Number.parseFloat(getComputedStyle(element).animationDuration)),
    ).toBeLessThan(0.001);
    release();
    await leave(page);
  });

  it('prints the report without the frame around it, light even in the dark', async () => {
    const page = await world().visit('/report', { role: 'viewer', theme: 'dark' });
    await page.getByRole('table', { name: 'Images with late findings' }).waitFor();
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByRole('navigation').isVisible()).toBe(false);
    expect(await page.getByRole('button', { name: /Print/ }).isVisible()).toBe(false);
    expect(await background(page)).toBe('rgb(255, 255, 255)');
    const pdf = await page.pdf({ format: 'A4', printBackground: false });
    expect(pdf.subarray(0, 5).toString('latin1')).toBe('%PDF-');
    await leave(page);
  });
}
