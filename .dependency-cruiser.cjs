// The rooms of src/, lowest floor first: a room imports only from itself and from rooms below it.
const rooms = ['core', 'net', 'oci', 'packages', 'knowledge', 'patch', 'airgap', 'fleet', 'cluster', 'service', 'cli'];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'only-known-rooms', severity: 'error', from: {}, to: { path: `^src/(?!(${rooms.join('|')})/)` } },
    ...rooms.slice(0, -1).map((room, floor) => ({
      name: `${room}-imports-only-from-below`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: `^src/(${rooms.slice(floor + 1).join('|')})/` },
    })),
    {
      name: 'families-do-not-know-each-other',
      severity: 'error',
      from: { path: '^src/packages/(deb|apk|rpm)/' },
      to: { path: '^src/packages/(deb|apk|rpm)/', pathNot: '^src/packages/$1/' },
    },
    {
      name: 'core-does-no-io',
      severity: 'error',
      from: { path: '^src/core/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(node:)?(fs|net|http|https|child_process|tls|dns)(/|$)' },
    },
    {
      name: 'no-test-code-in-product',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: '(\\.test\\.ts$|^test/)' },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
