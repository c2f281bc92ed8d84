import type { CommandDefinition, OptionDefinition } from '../definition.ts';
import { NETWORK_OPTIONS, REPOSITORY_OPTIONS } from '../options.ts';
import { CONFIG_OPTION, STORE_OPTION } from './fleet-options.ts';

const ADDRESS_OPTIONS: readonly OptionDefinition[] = [
  {
    flags: '--listen <address>',
    description: 'address and port of the API and the dashboard; port 0 takes a free one',
    default: '127.0.0.1:8080',
  },
  {
    flags: '--metrics-listen <address>',
    description:
      'address and port of /metrics without a login, for Prometheus; else it is where the API is, with a login',
  },
  { flags: '--tls-cert <file>', description: 'PEM certificate chain; read again when it changes' },
  { flags: '--tls-key <file>', description: 'PEM key of --tls-cert' },
  {
    flags: '--trusted-proxy <address>',
    description: 'address or CIDR of a proxy whose X-Forwarded headers are believed',
    repeatable: true,
  },
];

const ACCESS_OPTIONS: readonly OptionDefinition[] = [
  { flags: '--oidc-issuer <url>', description: 'take bearer tokens of this OpenID provider' },
  { flags: '--oidc-audience <name>', description: 'audience that these tokens must be for' },
  {
    flags: '--oidc-jwks <place>',
    description: "file or URL of the provider's keys (default: as its discovery document says)",
  },
  {
    flags: '--oidc-role-claim <claim>',
    description: 'claim that roles follow from; dots lead into objects, as in realm_access.roles',
    default: 'groups',
  },
  {
    flags: '--oidc-role <value=role>',
    description: 'role that a value of the claim gives: viewer, operator or admin; the highest counts',
    repeatable: true,
  },
  {
    flags: '--hook-secret-file <file>',
    description: "secret that a registry's webhook shows or signs with: the first line of this file",
  },
  {
    flags: '--insecure-no-auth',
    description: 'whoever reaches the service may do everything; on loopback only, to look at it',
  },
];

export const serve: CommandDefinition = {
  name: 'serve',
  summary: 'scheduler, API, dashboard and metrics in one service',
  description:
    'Keeps a fleet patched by itself: begins runs by the schedules of suture.yaml, when a registry tells of a push and when somebody asks, and compares what is installed with each new vulnerability database without pulling anything. It answers the API below /api/v1, which /api/v1/openapi.json describes, and shows the dashboard. Callers need a token (`suture token create`) or one of an OpenID provider. Several replicas may work with one store on PostgreSQL: one of them schedules, all answer. SIGTERM takes no more requests, gives the image in hand back and ends; the run goes on with the next start.',
  arguments: [],
  options: [
    CONFIG_OPTION,
    { flags: '--images <file>', description: 'a list with one image per line, instead of a configuration' },
    STORE_OPTION,
    ...ADDRESS_OPTIONS,
    ...ACCESS_OPTIONS,
    ...REPOSITORY_OPTIONS,
    ...NETWORK_OPTIONS,
  ],
  examples: [
    { command: 'suture serve -c suture.yaml --insecure-no-auth', comment: 'look at it, on this machine only' },
    {
      command:
        'suture token create --name jo --role admin\nsuture serve -c suture.yaml --listen 0.0.0.0:8443 --tls-cert server.pem --tls-key server.key',
      comment: 'for a site',
    },
    {
      command:
        "suture serve -c suture.yaml --oidc-issuer https://id.example.org/realms/main --oidc-audience suture --oidc-role platform=operator --oidc-role 'security=viewer'",
      comment: 'people log in by the OpenID provider; what groups they are in gives their role',
    },
    {
      command:
        'SUTURE_STORE=postgres://suture@db.example.org/suture suture serve -c suture.yaml --metrics-listen 127.0.0.1:9090',
      comment: 'one of several replicas, with metrics for Prometheus on an address of their own',
    },
  ],
  async run(invocation) {
    const { runServe } = await import('../serve.ts');
    return runServe(invocation);
  },
};
