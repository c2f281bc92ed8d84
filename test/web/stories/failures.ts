import { expect, it } from 'vitest';
import { type DashboardWorld, leave } from '../support/dashboard-world.ts';

export function failureStories(world: () => DashboardWorld): void {
  it('says what failed, and goes on when it is tried again', async () => {
    world().server.fail('/waivers', 400);
    const page = await world().visit('/waivers', { role: 'viewer' });
    const alert = page.getByRole('alert');
    await alert.getByText('The store does not answer.').waitFor();
    expect(await alert.textContent()).toContain('TEST_FAILURE');
    world().server.fail('/waivers');
    await alert.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Nothing is waived.').waitFor();
    await leave(page);
  });

  it('tries by itself what may pass', async () => {
    world().server.fail('/teams', 503);
    const page = await world().visit('/teams', { role: 'viewer' });
    await page.getByText('Loading').waitFor({ state: 'attached' });
    world().server.fail('/teams');
    await page.getByRole('table', { name: /Teams/ }).waitFor();
    await leave(page);
  });

  it('says why a form was not taken, and keeps what was typed', async () => {
    const page = await world().visit('/runs', { role: 'operator' });
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.getByLabel('Images').fill('registry.example.org/a:1');
    world().server.fail('/runs', 409);
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.getByRole('dialog').getByRole('alert').getByText('The store does not answer.').waitFor();
    expect(await page.getByLabel('Images').inputValue()).toBe('registry.example.org/a:1');
    await leave(page);
  });

  it('shows the shape of a page while it comes', async () => {
    const release = world().server.hold('/overview');
    const page = await world().visit('/', { role: 'viewer' });
    await page.getByRole('status').getByText('Loading').waitFor({ state: 'attached' });
    release();
    await page.getByRole('region', { name: 'Burn-down' }).waitFor();
    await leave(page);
  });

  it('tells a new fleet what to do first', async () => {
    world().reset(0);
    const page = await world().visit('/', { role: 'operator' });
    await page.getByText('No run has looked at an image yet.').waitFor();
    await page.goto('/images');
    await page.getByText('There are no images yet.').waitFor();
    await page.goto('/runs');
    await page.getByText('No run yet.').waitFor();
    await page.goto('/events');
    await page.getByText('Nothing has happened yet.').waitFor();
    await leave(page);
  });

  it('knows what it does not have', async () => {
    const page = await world().visit('/image?reference=registry.example.org/none:1', { role: 'viewer' });
    await page.getByText('The service does not know this image.').waitFor();
    await page.goto('/vulnerabilities/CVE-1999-0001');
    await page.getByText('No image has or had this vulnerability.').waitFor();
    await page.goto('/runs/none');
    await page.getByText('The service does not know this run.').waitFor();
    await page.goto('/no/such/page');
    await page.getByText('There is nothing at this address.').waitFor();
    await leave(page);
  });
}
