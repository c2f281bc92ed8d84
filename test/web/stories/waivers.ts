import { expect, it } from 'vitest';
import { type DashboardWorld, leave } from '../support/dashboard-world.ts';
import { referenceOf } from '../support/fixture-fleet.ts';

export function waiverStories(world: () => DashboardWorld): void {
  it('waives a finding, counts it as waived, and ends the waiver', async () => {
    const reference = referenceOf(3);
    const page = await world().visit(`/image?reference=${encodeURIComponent(reference)}`, { role: 'operator' });
    await page.getByRole('button', { name: 'Waive CVE-2026-12930 in openssh-client' }).click();
    const dialog = page.getByRole('dialog', { name: 'Waive a vulnerability' });
    expect(await dialog.getByLabel('Images').inputValue()).toBe(reference);
    await dialog.getByRole('button', { name: 'Waive' }).click();
    await dialog.getByText('Say where it was decided.').waitFor();
    expect(await dialog.getByLabel('Ticket').evaluate((field) => field === document.activeElement)).toBe(true);
    await dialog.getByLabel('Ticket').fill('SEC-7');
    await dialog.getByLabel('Reason').fill('The client is never started.');
    await dialog.getByRole('button', { name: 'Waive' }).click();
    await page.getByText('CVE-2026-12930 is waived for 1 finding.').waitFor();
    const row = page.getByRole('row').filter({ hasText: 'CVE-2026-12930' });
    await row.getByText(/Waived ends in/).waitFor();
    expect(await row.getByRole('button').count()).toBe(0);

    await page.goto('/waivers');
    const waiver = page.getByRole('row').filter({ hasText: 'SEC-7' });
    await waiver.waitFor();
    expect(await waiver.textContent()).toContain(reference);
    await waiver.getByRole('button', { name: /^End waiver of CVE-2026-12930/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End waiver' }).click();
    await page.getByText('Nothing is waived.').waitFor();
    await page.getByRole('combobox', { name: 'Show', exact: true }).selectOption('ended');
    await page.getByRole('row').filter({ hasText: 'SEC-7' }).getByText('Ended').waitFor();
    await leave(page);
  });

  it('counts what is waived on the overview', async () => {
    const page = await world().visit('/vulnerabilities/CVE-2026-11404', { role: 'operator' });
    await page.getByRole('button', { name: 'Waive…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Images').fill('registry.example.org/**');
    await dialog.getByLabel('Ticket').fill('SEC-8');
    await dialog.getByLabel('Reason').fill('No service converts text.');
    await dialog.getByRole('button', { name: 'Waive', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    const bar = page.getByRole('img', { name: /Waived \d+/ }).first();
    expect(await bar.getAttribute('aria-label')).not.toMatch(/Due|Late/);
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByText('of 1 active one').waitFor();
    await leave(page);
  });
}
