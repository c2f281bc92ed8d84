import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import { accessibilityStories } from './stories/accessibility.ts';
import { failureStories } from './stories/failures.ts';
import { imageStories } from './stories/images.ts';
import { keyboardStories } from './stories/keyboard.ts';
import { layoutStories } from './stories/layout.ts';
import { listStories } from './stories/lists.ts';
import { runStories } from './stories/runs.ts';
import { sessionStories } from './stories/session.ts';
import { waiverStories } from './stories/waivers.ts';
import { noBrowser } from './support/browser.ts';
import { DashboardWorld } from './support/dashboard-world.ts';

let world: DashboardWorld;
const current = () => world;

if (noBrowser !== undefined) console.warn(`the dashboard is not tested: ${noBrowser}`);

describe.skipIf(noBrowser !== undefined)('the dashboard in Chromium', () => {
  beforeAll(async () => {
    world = await DashboardWorld.open();
  });
  afterAll(() => world?.close());
  beforeEach(() => world.reset());
  afterEach(() => {
    // No script failed, nothing was refused by the content policy, and every question was one that the contract allows.
    expect(world.complaints).toEqual([]);
    expect(world.server.violations).toEqual([]);
  });

  describe('signing in', () => sessionStories(current));
  describe('images', () => imageStories(current));
  describe('lists', () => listStories(current));
  describe('waivers', () => waiverStories(current));
  describe('runs', () => runStories(current));
  describe('the keyboard alone', () => keyboardStories(current));
  describe('when things go wrong', () => failureStories(current));
  describe('screens, themes and paper', () => layoutStories(current));
  describe('accessibility', () => accessibilityStories(current));
});
