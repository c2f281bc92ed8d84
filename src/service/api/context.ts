import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Fleet } from '../../fleet/config/fleet.ts';
import type { Actor } from '../../fleet/store/ledger.ts';
import type { FleetStore } from '../../fleet/store/store.ts';
import type { AccessOptions } from '../access/authenticate.ts';
import type { Principal } from '../access/role.ts';
import type { LiveEvents } from '../runs/live.ts';
import type { ROUTES, Route, RouteName } from './contract/routes.ts';

/** What the API takes from the service that it belongs to. */
export interface ApiContext {
  readonly store: FleetStore;
  readonly live: LiveEvents;
  readonly access: AccessOptions;
  readonly version: string;
  /** Everything that can be fetched again; the vulnerability databases among it. */
  readonly cacheDirectory: string;
  /** The configuration as it was read last. */
  fleet(): Fleet;
  /** Secret of the registry's webhook; without one, only operators' tokens are taken. */
  readonly hookSecret?: string;
  /** Something was put into the queue. */
  wake(): void;
  /** Whether new work is taken. */
  isStopping(): boolean;
}

type Parsed<R extends Route, Key extends 'parameters' | 'query' | 'body'> =
  R extends Readonly<Record<Key, infer Schema extends z.ZodType>> ? z.output<Schema> : undefined;

export type Answer<Name extends RouteName> = (typeof ROUTES)[Name] extends {
  readonly response: infer Schema extends z.ZodType;
}
  ? z.input<Schema>
  : undefined;

/** A request that was checked: who asks, and what. */
export interface Call<Name extends RouteName> {
  readonly context: ApiContext;
  readonly parameters: Parsed<(typeof ROUTES)[Name], 'parameters'>;
  readonly query: Parsed<(typeof ROUTES)[Name], 'query'>;
  readonly body: Parsed<(typeof ROUTES)[Name], 'body'>;
  readonly principal: Principal;
  /** For the ledger. */
  readonly actor: Actor;
}

export type Handler<Name extends RouteName> = (call: Call<Name>) => Promise<Answer<Name>> | Answer<Name>;

/** Routes that answer with something else than JSON, or with a cookie, have a place of their own. */
export type SpecialRoute =
  | 'openSession'
  | 'closeSession'
  | 'stream'
  | 'exportImages'
  | 'exportFindings'
  | 'registryHook';
export type PlainRoute = Exclude<RouteName, SpecialRoute>;
export type Handlers = { readonly [Name in PlainRoute]: Handler<Name> };

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the guard on every route but those for anyone. */
    principal: Principal | undefined;
  }
}

export function actorOf(request: FastifyRequest): Actor {
  return { name: request.principal?.name ?? 'anyone', address: request.ip };
}
