/**
 * Who may import whom. The picture is in docs/architecture.md; a build that breaks it fails.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
const ours = '^packages/';
const only = (name, allowed) => ({
  name: `${name}-imports`,
  severity: 'error',
  comment: `${name} may import ${allowed.length > 0 ? allowed.join(', ') : 'no other package of ours'}.`,
  from: { path: `^packages/${name}/` },
  to: { path: ours, pathNot: [name, ...allowed].map((each) => `^packages/${each}/`) },
});

/** The rooms of sip-core from the ground up: what runs in one needs nothing above it. Types may: a session knows the interface of its stack. */
const rooms = [
  ['platform'],
  ['message'],
  ['headers', 'trace'],
  ['body', 'transport', 'auth'],
  ['limits', 'transaction', 'locate'],
  ['dialog', 'sending'],
  ['session', 'subscription', 'refer', 'publication', 'messaging', 'registration', 'metrics'],
  ['stack'],
  ['node', 'web', 'testing', 'flows'],
];
const inCore = (names) => `^packages/sip-core/src/(${names.join('|')})/`;
const upward = rooms.slice(0, -1).map((names, floor) => ({
  name: `sip-core-${names.join('-')}`,
  severity: 'error',
  comment: `${names.join(', ')}: nothing above is needed there but types.`,
  from: { path: inCore(names), pathNot: ['\\.test\\.ts$', '/src/[^/]+/testing/'] },
  to: { path: inCore(rooms.slice(floor + 1).flat()), dependencyTypesNot: ['type-only'] },
}));

module.exports = {
  forbidden: [
    ...upward,
    only('sip-core', []),
    only('sdp', []),
    only('codecs', []),
    only('rtp-media', ['codecs']),
    only('endpoint', ['sip-core', 'sdp', 'rtp-media', 'codecs']),
    only('call-control', ['sip-core', 'sdp', 'rtp-media', 'codecs']),
    {
      name: 'endpoint-is-for-applications',
      severity: 'error',
      comment: 'Only applications, examples and tests import the endpoint.',
      from: { path: '^packages/(?!endpoint/)' },
      to: { path: '^packages/endpoint/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Modules that need each other are one module, or miss a third.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'portable-core',
      severity: 'error',
      comment: 'sip-core (but for its sockets), sdp and codecs run in a browser: no Node.js built-in.',
      from: {
        path: '^packages/(sip-core|sdp|codecs)/src/',
        pathNot: ['^packages/sip-core/src/(node/|node\\.ts)', '\\.test\\.ts$'],
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'declared-dependencies',
      severity: 'error',
      comment: 'A package ships only what its package.json names.',
      from: { path: '^(packages|apps)/[^/]+/src/', pathNot: ['\\.test\\.ts$', '/src/[^/]+/testing/'] },
      // The build makes WebAssembly modules a part of the output. What a peer may bring is here for the tests as well.
      to: {
        dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'],
        dependencyTypesNot: ['npm-peer'],
        pathNot: '\\.wasm$',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'default'] },
  },
};
