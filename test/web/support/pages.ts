import { referenceOf } from './fixture-fleet.ts';

const IMAGE = `/image?reference=${encodeURIComponent(referenceOf(3))}`;

/** Every page, and every part of one that has an address. */
export const PAGES = [
  '/',
  '/images',
  IMAGE,
  `${IMAGE}&tab=plan`,
  `${IMAGE}&tab=layers`,
  `${IMAGE}&tab=history`,
  '/vulnerabilities',
  '/vulnerabilities/CVE-2026-10021',
  '/runs',
  '/runs/run-100',
  '/runs/run-100?tab=log',
  '/waivers',
  '/teams',
  '/team?name=shop',
  '/events',
  '/report',
  '/no/such/page',
] as const;
