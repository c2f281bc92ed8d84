import { expect, it } from 'vitest';
import { type DashboardWorld, leave } from '../support/dashboard-world.ts';

export function sessionStories(world: () => DashboardWorld): void {
  it('takes a token that the service knows, and no other', async () => {
    const page = await world().visit('/', { role: undefined });
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Enter a token.').waitFor();
    await page.getByLabel('Access token').fill('made up');
    await page.keyboard.press('Enter');
    await page.getByText('The service does not know this token.').waitFor();
    await page.getByLabel('Access token').fill('viewer-token');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Fleet overview' }).waitFor();
    expect(await page.title()).toBe('Fleet overview · Suture');
    expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))).not.toContain(
      'token',
    );
    await leave(page);
  });

  it('signs out, and shows the page of a link again after signing in', async () => {
    const page = await world().visit('/waivers', { role: 'operator' });
    await page.getByRole('button', { name: 'jo' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByLabel('Access token').fill('operator-token');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Waivers' }).waitFor();
    await leave(page);
  });

  it('asks again when the session has ended', async () => {
    const page = await world().visit('/', { role: 'viewer' });
    world().server.role = undefined;
    await page.getByRole('link', { name: 'Images', exact: true }).click();
    await page.getByText('Your session has ended. Sign in again.').waitFor();
    await leave(page);
  });

  it('draws nothing that a viewer may not do', async () => {
    const page = await world().visit('/waivers', { role: 'viewer' });
    for (const path of [
      '/waivers',
      '/runs',
      '/',
      `/image?reference=${world().server.fleet.references[0]}`,
      '/runs/run-100',
    ]) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await expect.poll(() => page.getByText('Loading').count()).toBe(0);
      expect(await page.getByRole('button', { name: /^(run|waive|new waiver|end|stop)/i }).count()).toBe(0);
    }
    await leave(page);
  });
}
