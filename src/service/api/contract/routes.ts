import type { z } from 'zod';
import { database } from './database.ts';
import { eventList, eventsQuery } from './events.ts';
import { exportFindingsQuery, exportImagesQuery } from './exports.ts';
import { findingList, imageFindingsQuery } from './findings.ts';
import { hookAnswer, registryHook } from './hooks.ts';
import { image, imageHistory, imageHistoryQuery, imageList, imageQuery, imagesQuery } from './images.ts';
import { overview, overviewQuery } from './overview.ts';
import {
  newRun,
  run,
  runImageList,
  runImagesQuery,
  runList,
  runLog,
  runLogQuery,
  runParameters,
  runSummary,
  runsQuery,
} from './runs.ts';
import { schedule } from './schedule.ts';
import { searchQuery, searchResult } from './search.ts';
import { login, type Role, session } from './session.ts';
import { team, teamList, teamQuery } from './teams.ts';
import { createdToken, newToken, tokenList, tokenParameters } from './tokens.ts';
import {
  vulnerabilitiesQuery,
  vulnerability,
  vulnerabilityFindingsQuery,
  vulnerabilityList,
  vulnerabilityQuery,
} from './vulnerabilities.ts';
import { newWaiver, waiver, waiverList, waiverParameters, waiversQuery } from './waivers.ts';

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below `/api/v1`. */
  readonly path: string;
  /** Who may at least; `anyone`: whoever asks; `hook`: who knows the secret of the registry's webhook. */
  readonly role: Role | 'anyone' | 'hook';
  readonly summary: string;
  readonly status: 200 | 201 | 202 | 204;
  readonly parameters?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** JSON; absent where the answer is empty, a file or a stream. */
  readonly response?: z.ZodType;
  /** Where it is not JSON. */
  readonly contentType?: string;
}

const read = { method: 'GET', role: 'viewer', status: 200 } as const;

/** The whole API. The server registers exactly these, and the OpenAPI document says the same. */
export const ROUTES = {
  session: { ...read, path: '/session', summary: 'who asks, and what they may', response: session },
  openSession: {
    method: 'POST',
    role: 'anyone',
    status: 201,
    path: '/session',
    summary: 'log a dashboard in: a session in a cookie',
    body: login,
    response: session,
  },
  closeSession: { method: 'DELETE', role: 'viewer', status: 204, path: '/session', summary: 'log out' },
  overview: { ...read, path: '/overview', summary: 'the fleet at a glance', query: overviewQuery, response: overview },
  images: { ...read, path: '/images', summary: 'images', query: imagesQuery, response: imageList },
  image: { ...read, path: '/image', summary: 'one image', query: imageQuery, response: image },
  imageFindings: {
    ...read,
    path: '/image/findings',
    summary: 'findings of an image',
    query: imageFindingsQuery,
    response: findingList,
  },
  imageHistory: {
    ...read,
    path: '/image/history',
    summary: 'results of an image, newest first',
    query: imageHistoryQuery,
    response: imageHistory,
  },
  vulnerabilities: {
    ...read,
    path: '/vulnerabilities',
    summary: 'vulnerabilities',
    query: vulnerabilitiesQuery,
    response: vulnerabilityList,
  },
  vulnerability: {
    ...read,
    path: '/vulnerability',
    summary: 'one vulnerability: which images have it, which are rid of it',
    query: vulnerabilityQuery,
    response: vulnerability,
  },
  vulnerabilityFindings: {
    ...read,
    path: '/vulnerability/findings',
    summary: 'findings of a vulnerability',
    query: vulnerabilityFindingsQuery,
    response: findingList,
  },
  runs: { ...read, path: '/runs', summary: 'runs, newest first', query: runsQuery, response: runList },
  run: { ...read, path: '/runs/:id', summary: 'one run', parameters: runParameters, response: run },
  runImages: {
    ...read,
    path: '/runs/:id/images',
    summary: 'what a run made of its images',
    parameters: runParameters,
    query: runImagesQuery,
    response: runImageList,
  },
  runLog: {
    ...read,
    path: '/runs/:id/log',
    summary: 'what a run did, line by line',
    parameters: runParameters,
    query: runLogQuery,
    response: runLog,
  },
  startRun: {
    method: 'POST',
    role: 'operator',
    status: 202,
    path: '/runs',
    summary: 'run now',
    body: newRun,
    response: runSummary,
  },
  cancelRun: {
    method: 'POST',
    role: 'operator',
    status: 202,
    path: '/runs/:id/cancel',
    summary: 'stop a run; images in hand are given back',
    parameters: runParameters,
    response: runSummary,
  },
  waivers: { ...read, path: '/waivers', summary: 'waivers, by end', query: waiversQuery, response: waiverList },
  addWaiver: {
    method: 'POST',
    role: 'operator',
    status: 201,
    path: '/waivers',
    summary: 'accept a vulnerability for a time',
    body: newWaiver,
    response: waiver,
  },
  removeWaiver: {
    method: 'DELETE',
    role: 'operator',
    status: 204,
    path: '/waivers/:id',
    summary: 'end a waiver before its time',
    parameters: waiverParameters,
  },
  teams: { ...read, path: '/teams', summary: 'teams', response: teamList },
  team: { ...read, path: '/team', summary: 'one team', query: teamQuery, response: team },
  search: {
    ...read,
    path: '/search',
    summary: 'images, vulnerabilities, packages, runs and teams',
    query: searchQuery,
    response: searchResult,
  },
  events: { ...read, path: '/events', summary: 'the ledger, newest first', query: eventsQuery, response: eventList },
  stream: {
    ...read,
    path: '/events/stream',
    summary: 'what happens, as it happens',
    contentType: 'text/event-stream',
  },
  database: { ...read, path: '/database', summary: 'the vulnerability database', response: database },
  schedule: { ...read, path: '/schedule', summary: 'when runs begin by themselves', response: schedule },
  tokens: { ...read, role: 'admin', path: '/tokens', summary: 'who may come in by a token', response: tokenList },
  createToken: {
    method: 'POST',
    role: 'admin',
    status: 201,
    path: '/tokens',
    summary: 'make a token, which is told this once',
    body: newToken,
    response: createdToken,
  },
  revokeToken: {
    method: 'DELETE',
    role: 'admin',
    status: 204,
    path: '/tokens/:id',
    summary: 'end a token and its sessions',
    parameters: tokenParameters,
  },
  registryHook: {
    method: 'POST',
    role: 'hook',
    status: 202,
    path: '/hooks/registry',
    summary: 'images were pushed: notification of a registry',
    body: registryHook,
    response: hookAnswer,
  },
  exportImages: {
    ...read,
    path: '/export/images.csv',
    summary: 'images as a file',
    query: exportImagesQuery,
    contentType: 'text/csv; charset=utf-8',
  },
  exportFindings: {
    ...read,
    path: '/export/findings.csv',
    summary: 'findings as a file',
    query: exportFindingsQuery,
    contentType: 'text/csv; charset=utf-8',
  },
} as const satisfies Readonly<Record<string, Route>>;

export type RouteName = keyof typeof ROUTES;
