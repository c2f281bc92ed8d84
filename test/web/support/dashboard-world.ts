import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import type { Role } from '../../../src/service/api/contract/session.ts';
import { launchBrowser } from './browser.ts';
import { DashboardServer } from './dashboard-server.ts';
import { makeFleet, NOW } from './fixture-fleet.ts';
import { addPastRuns } from './fixture-runs.ts';

export interface PageOptions {
  /** Undefined: nobody is signed in. */
  readonly role: Role | undefined;
  readonly width?: number;
  readonly theme?: 'light' | 'dark';
  readonly reducedMotion?: boolean;
}

/** Milliseconds: what takes longer than this never comes, even on a busy machine. */
const PATIENCE = 20_000;

/** Images of a small fleet: several pages of a list. */
const IMAGES = 120;

/** The dashboard as it is built, a service that answers it, and one browser for all stories. */
export class DashboardWorld {
  readonly #directory: string;
  readonly #browser: Browser;
  readonly server: DashboardServer;
  /** What pages complained about: scripts that failed, and everything that the content policy refused. */
  readonly complaints: string[] = [];

  private constructor(directory: string, browser: Browser, server: DashboardServer) {
    this.#directory = directory;
    this.#browser = browser;
    this.server = server;
  }

  static async open(): Promise<DashboardWorld> {
    const directory = mkdtempSync(join(tmpdir(), 'suture-dashboard-'));
    await build({
      configFile: fileURLToPath(new URL('../../../web/vite.config.ts', import.meta.url)),
      logLevel: 'error',
      build: { outDir: directory, minify: false },
    });
    const server = await DashboardServer.open(directory, makeFleet(IMAGES));
    return new DashboardWorld(directory, await launchBrowser(), server);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.server.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** A new fleet, and nothing that an earlier story left. @param images how many */
  reset(images = IMAGES): void {
    this.server.reset();
    this.server.fleet = makeFleet(images);
    if (images > 0) addPastRuns(this.server.fleet);
    this.complaints.length = 0;
  }

  /** A page with its own storage, at an address, when its heading is there. */
  async visit(path: string, options: PageOptions): Promise<Page> {
    const { role, width = 1440, theme = 'light', reducedMotion = false } = options;
    this.server.role = role;
    const context = await this.#browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: theme,
      reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
      permissions: ['clipboard-read', 'clipboard-write'],
      baseURL: this.server.url,
    });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    await page.clock.setFixedTime(NOW);
    page.on('pageerror', (error) => this.complaints.push(`${path}: ${error.message}`));
    page.on('console', (message) => {
      // Answers of a failing service are logged by the browser itself.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        this.complaints.push(`${path}: ${message.text()}`);
    });
    await page.goto(path);
    await page.locator('h1, [role=alert]').first().waitFor();
    return page;
  }
}

export async function leave(page: Page): Promise<void> {
  await page.context().close();
}
