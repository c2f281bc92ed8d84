import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type DashboardWorld, leave } from '../support/dashboard-world.ts';

export function listStories(world: () => DashboardWorld): void {
  it('keeps filters and order in the address, for reloading, sharing and going back', async () => {
    const page = await world().visit('/images', { role: 'viewer' });
    await page.getByRole('combobox', { name: 'Team', exact: true }).selectOption('shop');
    await page.getByRole('searchbox').fill('api');
    await page.waitForURL(/q=api/);
    await page.getByRole('button', { name: 'Image', exact: true }).click();
    await page.waitForURL(/sort=reference/);
    const names = () => page.getByRole('rowheader').allTextContents();
    await expect.poll(async () => (await names()).every((name) => name.includes('shop/api'))).toBe(true);
    const shown = await names();
    await page.reload();
    await page.getByRole('rowheader').first().waitFor();
    expect(await names()).toEqual(shown);
    expect(await page.getByRole('columnheader', { name: 'Image' }).getAttribute('aria-sort')).toBe('ascending');
    await page.goBack();
    await page.waitForURL((url) => !url.search.includes('sort='));
    await leave(page);
  });

  it('turns the pages of three thousand images, forwards and back', async () => {
    world().reset(3000);
    const page = await world().visit('/images', { role: 'viewer' });
    await page.getByText('1–50 of 3,000').waitFor();
    const first = await page.getByRole('rowheader').first().textContent();
    await page.getByRole('button', { name: 'Next', exact: true }).click();
    await page.getByText('51–100 of 3,000').waitFor();
    await page.getByRole('button', { name: 'Next', exact: true }).click();
    await page.getByText('101–150 of 3,000').waitFor();
    await page.getByRole('button', { name: 'Previous' }).click();
    await page.getByText('51–100 of 3,000').waitFor();
    await page.reload();
    await page.getByText('51–100 of 3,000').waitFor();
    await page.getByRole('button', { name: 'Previous' }).click();
    await page.getByText('1–50 of 3,000').waitFor();
    expect(await page.getByRole('rowheader').first().textContent()).toBe(first);
    await leave(page);
  });

  it('says when nothing fits, and takes the filters away again', async () => {
    const page = await world().visit('/images?q=nowhere&team=shop', { role: 'viewer' });
    await page.getByText('No image fits all of these filters.').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByText('1–50 of 120').waitFor();
    expect(await page.getByRole('searchbox').inputValue()).toBe('');
    await leave(page);
  });

  it('passes over what an address says wrongly', async () => {
    const page = await world().visit('/images?sort=beauty&outcome=great&order=up&page=x', { role: 'viewer' });
    await page.getByText('1–50 of 120').waitFor();
    await leave(page);
  });

  it('saves all rows of a list as a file', async () => {
    const page = await world().visit('/images', { role: 'viewer' });
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('images.csv');
    expect(readFileSync(await download.path(), 'utf8').split('\r\n')).toHaveLength(122);
    await leave(page);
  });

  it('shows teams, events and the schedule', async () => {
    const page = await world().visit('/teams', { role: 'viewer' });
    await page.getByRole('link', { name: 'payments' }).click();
    await page.getByRole('heading', { name: 'payments' }).waitFor();
    await page.getByRole('link', { name: 'Events' }).click();
    await page.getByRole('combobox', { name: 'Kind', exact: true }).selectOption('image-result');
    await page.waitForURL(/kind=image-result/);
    await page.getByText('outcome: patched').first().click();
    await page.getByText('"run": "run-100"').waitFor();
    await page.getByRole('link', { name: 'Runs', exact: true }).click();
    await page.getByRole('table', { name: 'Schedule' }).getByText('0 2 * * *').waitFor();
    await leave(page);
  });
}
