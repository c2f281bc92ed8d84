import type { CommandDefinition } from '../definition.ts';

export const registryServe: CommandDefinition = {
  name: 'registry serve',
  summary: 'serve a directory as an OCI registry',
  description:
    'Serves a directory of blobs as an OCI registry: pull, push, tags and referrers, for a site without a registry, for a bundle that was just imported, and for tests. It keeps no state outside the directory.',
  arguments: [{ name: 'directory', description: 'where blobs and manifests are kept; made when absent' }],
  options: [
    {
      flags: '--listen <address>',
      description: 'address and port to listen on; port 0 takes a free one',
      default: '127.0.0.1:5000',
    },
    { flags: '--read-only', description: 'refuse every push' },
    { flags: '--user <name>', description: 'ask for this user name with Basic authentication' },
    { flags: '--password-file <file>', description: 'the password for --user: the first line of this file' },
  ],
  examples: [
    { command: 'suture registry serve ./registry', comment: 'a registry on localhost:5000' },
    {
      command: 'suture registry serve ./registry --listen 0.0.0.0:5000 --read-only',
      comment: 'for pulls by the whole network',
    },
  ],
  async run({ args, options, terminal, signal }) {
    const { listenAddress } = await import('../parse.ts');
    const { readPassword } = await import('../password.ts');
    const { startRegistry } = await import('../../oci/registry/server/index.ts');
    const { host, port } = listenAddress(String(options['listen']));
    const auth = readPassword(options['user'], options['passwordFile']);
    const registry = await startRegistry({
      directory: String(args[0]),
      host,
      port,
      readOnly: options['readOnly'] === true,
      ...(auth ? { auth } : {}),
    });
    if (options['output'] === 'json')
      terminal.stdout.write(`${JSON.stringify({ kind: 'Registry', url: registry.url, directory: args[0] })}\n`);
    else
      terminal.stdout.write(
        `serving ${args[0]} on ${registry.url}${options['readOnly'] ? ' (read only)' : ''}; stop with Ctrl-C\n`,
      );
    await new Promise<void>((resolve) =>
      signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true }),
    );
    await registry.close();
    return 0;
  },
};
