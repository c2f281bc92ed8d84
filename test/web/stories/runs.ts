import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { RunSummary } from '../../../src/service/api/contract/runs.ts';
import { type DashboardWorld, leave } from '../support/dashboard-world.ts';
import { ago } from '../support/fixture-fleet.ts';

/** The run goes on: so many of ten images are done, and it says what it did. */
function advance({ server }: DashboardWorld, id: string, finished: number): void {
  const at = server.fleet.runs.findIndex((run) => run.id === id);
  const run = server.fleet.runs[at];
  if (run === undefined) throw new Error('the run is not there');
  const counts = { ...run.counts, patched: finished };
  const moved: RunSummary = { ...run, status: 'running', startedAt: ago(0), images: 10, finished, counts };
  server.fleet.runs[at] = moved;
  const line = { sequence: finished, time: ago(0), level: 'info' as const, message: `image ${finished} is published` };
  server.fleet.logs.get(id)?.push(line);
  server.emit({ kind: 'run-progress', run: id, finished, images: 10, counts, at: ago(0) });
  server.emit({ kind: 'run-log', run: id, lines: [line] });
}

function finish({ server }: DashboardWorld, id: string): void {
  const at = server.fleet.runs.findIndex((run) => run.id === id);
  const run = server.fleet.runs[at];
  if (run === undefined) throw new Error('the run is not there');
  server.fleet.runs[at] = { ...run, status: 'done', endedAt: ago(0), durationSeconds: 61 };
  server.emit({ kind: 'run-finished', run: id, status: 'done', counts: run.counts, at: ago(0) });
}

async function startRun(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Run now' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Start run' }).click();
  await page.waitForURL(/\/runs\/run-/);
  await page.getByText('Queued', { exact: true }).waitFor();
  return new URL(page.url()).pathname.split('/').at(-1) ?? '';
}

export function runStories(world: () => DashboardWorld): void {
  it('starts a run and watches it finish, without loading anything again', async () => {
    const page = await world().visit('/runs', { role: 'operator' });
    await page.getByText('Live', { exact: true }).waitFor();
    const id = await startRun(page);
    advance(world(), id, 3);
    await page.getByText('3 of 10').waitFor();
    expect(await page.getByRole('progressbar', { name: 'Images done' }).getAttribute('value')).toBe('3');
    await page.getByRole('tab', { name: 'Log' }).click();
    await page.getByText('image 3 is published').waitFor();
    advance(world(), id, 10);
    await page.getByText('image 10 is published').waitFor();
    expect(await page.getByText('image 3 is published').count()).toBe(1);
    finish(world(), id);
    await page.getByTitle('Every image was looked at').waitFor();
    expect(await page.getByRole('button', { name: 'Stop run' }).count()).toBe(0);
    await leave(page);
  });

  it('runs only the images that are named', async () => {
    const page = await world().visit('/runs', { role: 'operator' });
    await page.getByRole('button', { name: 'Run now' }).click();
    const [one, two] = world().server.fleet.references;
    await page.getByLabel('Images').fill(`${one}\n\n  ${two}\n`);
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.waitForURL(/\/runs\/run-/);
    expect(world().server.fleet.runs[0]?.scope).toEqual({ references: [one, two] });
    await leave(page);
  });

  it('stops a run after asking', async () => {
    const page = await world().visit('/', { role: 'operator' });
    const id = await startRun(page);
    advance(world(), id, 1);
    await page.getByRole('button', { name: 'Stop run' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Let it run' }).click();
    expect(world().server.fleet.runs[0]?.status).toBe('running');
    await page.getByRole('button', { name: 'Stop run' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop run' }).click();
    await page.getByText('Stopped', { exact: true }).waitFor();
    await leave(page);
  });

  it('reads a past run: its images by result, and the errors in its log', async () => {
    const page = await world().visit('/runs/run-100', { role: 'viewer' });
    await page.getByRole('combobox', { name: 'Result', exact: true }).selectOption('failed');
    await page.waitForURL(/outcome=failed/);
    const rows = page.getByRole('table', { name: 'Images of the run' }).getByRole('row');
    await expect
      .poll(async () => (await rows.allTextContents()).slice(1).every((row) => row.includes('503')))
      .toBe(true);
    await page.getByRole('tab', { name: 'Log' }).click();
    await page.getByRole('combobox', { name: 'Show', exact: true }).selectOption('error');
    await expect.poll(() => page.getByText('scanned: 118 packages').count()).toBe(0);
    await page.getByText('answered 503 three times').first().waitFor();
    await leave(page);
  });
}
