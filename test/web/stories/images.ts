import { expect, it } from 'vitest';
import { type DashboardWorld, leave } from '../support/dashboard-world.ts';
import { referenceOf } from '../support/fixture-fleet.ts';

/** One whose package stays as it is. */
const PARTIAL = referenceOf(3);

export function imageStories(world: () => DashboardWorld): void {
  it('finds an image by search, and tells why a package of it is pending', async () => {
    const page = await world().visit('/', { role: 'viewer' });
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('combobox', { name: /^Search/ }).fill('platform/api');
    await page.getByRole('option', { name: PARTIAL }).click();
    await page.getByRole('heading', { name: 'platform/api:1.3.3' }).waitFor();
    await page.getByRole('button', { name: 'Show why' }).click();
    const pending = page.getByRole('region', { name: 'Pending' });
    await pending.getByText('Its maintainer script needs more than native patching can do').waitFor();
    expect(await pending.textContent()).toContain('openssh-client.postinst line 14');
    await leave(page);
  });

  it('leads by link to a part of an image, on to a vulnerability, and back', async () => {
    const path = `/image?reference=${encodeURIComponent(PARTIAL)}&tab=plan`;
    const page = await world().visit(path, { role: 'viewer' });
    await page.getByRole('tab', { name: /^Plan/, selected: true }).waitFor();
    await page.getByRole('region', { name: 'Pending' }).getByRole('link').first().click();
    await page.getByRole('heading', { name: 'CVE-2026-12930' }).waitFor();
    await page.goBack();
    await page.getByRole('tab', { name: /^Plan/, selected: true }).waitFor();
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe(path);
    await leave(page);
  });

  it('shows findings before and after, layers with the one of the patch, and what runs made of it', async () => {
    const page = await world().visit(`/image?reference=${encodeURIComponent(PARTIAL)}`, { role: 'viewer' });
    const panel = page.getByRole('region', { name: 'Before and after' });
    expect(await panel.textContent()).toContain(`${PARTIAL}-patched-20261120110000`);
    await page.getByRole('tab', { name: /^Layers/ }).click();
    expect(await page.getByRole('listitem').filter({ hasText: 'The patch' }).count()).toBe(1);
    await page.getByRole('tab', { name: /^History/ }).click();
    await page.getByRole('region', { name: 'Lineage' }).waitFor();
    await page.getByRole('table', { name: 'Results, newest first' }).waitFor();
    await leave(page);
  });

  it('says which images have a vulnerability, and which image is without it', async () => {
    const page = await world().visit('/vulnerabilities/CVE-2026-10021', { role: 'viewer' });
    const open = world().server.fleet.findings.filter(
      ({ vulnerability, resolvedAt }) => vulnerability === 'CVE-2026-10021' && resolvedAt === undefined,
    );
    const rows = page.getByRole('table', { name: 'Images that have it' }).getByRole('rowheader');
    await rows.first().waitFor();
    expect(await rows.count()).toBe(Math.min(50, open.length));
    expect(await page.getByRole('table', { name: 'Images that had it' }).textContent()).toContain('-patched-');
    await leave(page);
  });

  it('copies the whole of a digest that it shows in short', async () => {
    const page = await world().visit(`/image?reference=${encodeURIComponent(PARTIAL)}`, { role: 'viewer' });
    await page.getByRole('button', { name: 'Copy digest' }).first().click();
    await page.getByText('Copied digest').waitFor({ state: 'attached' });
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^sha256:[0-9a-f]{64}$/);
    await leave(page);
  });
}
