import { type ByteString, bytesToByteString } from '../../../core/bytes.ts';
import type { ForkedTree, MutableTree } from '../../../oci/tree/types.ts';
import { NotNative } from '../../script/not-native.ts';
import type { CommandTable, EvaluateOptions, ScriptOutcome, ScriptRun } from '../../script/types.ts';
import { DebconfSession } from './debconf/session.ts';

export type MaintainerScript = 'preinst' | 'postinst' | 'prerm' | 'postrm';

/** The evaluator, handed in so that tests can watch or replace it. */
export type Evaluate = (
  run: ScriptRun,
  tree: MutableTree,
  commands: CommandTable,
  options?: EvaluateOptions,
) => ScriptOutcome;

export interface ScriptEnvironment {
  readonly evaluate: Evaluate;
  readonly commands: CommandTable;
  readonly sourceDate: number;
  /** Upstream version of the image's dpkg. */
  readonly dpkgVersion: string;
}

/** One call of a maintainer script. */
export interface ScriptCall {
  readonly script: MaintainerScript;
  readonly packageName: string;
  readonly architecture: string;
  /** Installed instances of the package: more than one only with several architectures. */
  readonly instances: number;
  /** Path prefix of its sibling files: `/var/lib/dpkg/info/x.` or `/var/lib/dpkg/tmp.ci/`. */
  readonly base: ByteString;
  readonly text: ByteString;
  readonly args: readonly ByteString[];
  /** Sibling control files, for debconf: the templates and the config script. */
  readonly templates: ByteString | undefined;
  readonly config: ByteString | undefined;
}

const CONFMODULE = '/usr/share/debconf/confmodule';

/**
 * Evaluates a maintainer script in a fork of the tree and keeps its effects when it completed. A script that sources
 * debconf's confmodule gets the noninteractive frontend: its templates are loaded and, for preinst and postinst, its
 * config script runs first (debconf's frontend program).
 */
export function runMaintainerScript(tree: MutableTree, call: ScriptCall, context: ScriptEnvironment): ScriptOutcome {
  const fork = tree.fork();
  let debconf: DebconfSession | undefined;
  const options: EvaluateOptions = {
    sourceOverrides: new Map([
      [
        CONFMODULE,
        (shell) => {
          if (fork.stat(CONFMODULE) === undefined) throw new NotNative(`${CONFMODULE} does not exist`);
          // A program of the image that uses debconf, like ucf, has no templates of its own to load.
          const isOwn = shell.zero === `${call.base}${call.script}`;
          debconf ??= isOwn ? startDebconf(fork, call, context) : new DebconfSession(fork);
          debconf.defineFunctions(shell);
        },
      ],
    ]),
  };
  const outcome = context.evaluate(scriptRun(call, context), fork, context.commands, options);
  return finish(outcome, fork, debconf, context);
}

function finish(
  outcome: ScriptOutcome,
  fork: ForkedTree,
  debconf: DebconfSession | undefined,
  context: ScriptEnvironment,
): ScriptOutcome {
  if (outcome.kind === 'not-native') return outcome;
  debconf?.save(context.sourceDate);
  fork.commit();
  return outcome;
}

function startDebconf(fork: MutableTree, call: ScriptCall, context: ScriptEnvironment): DebconfSession {
  const session = new DebconfSession(fork);
  if (call.templates !== undefined) session.loadTemplates(call.templates, call.packageName);
  if (call.config === undefined || (call.script !== 'preinst' && call.script !== 'postinst')) return session;
  session.beginClient();
  const run = {
    ...scriptRun(call, context),
    name: `${call.packageName} config`,
    path: `${call.base}config`,
    text: call.config,
    args: ['configure', call.args[1] ?? ''],
  };
  const sourceOverrides = new Map([
    [CONFMODULE, (shell: Parameters<DebconfSession['defineFunctions']>[0]) => session.defineFunctions(shell)],
  ]);
  const outcome = context.evaluate(run, fork, context.commands, { sourceOverrides });
  if (outcome.kind === 'not-native') throw new NotNative(`config script, line ${outcome.line}: ${outcome.reason}`);
  if (outcome.exitStatus !== 0) throw new NotNative(`config script ended with status ${outcome.exitStatus}`);
  session.beginClient();
  return session;
}

function scriptRun(call: ScriptCall, context: ScriptEnvironment): ScriptRun {
  return {
    name: `${call.packageName} ${call.script}`,
    path: `${call.base}${call.script}`,
    text: call.text,
    args: call.args,
    environment: scriptEnvironment(call, context),
    sourceDate: context.sourceDate,
  };
}

/** dpkg src/main/script.c, over the environment in which `apt-get` would be run in a container. */
function scriptEnvironment(call: ScriptCall, context: ScriptEnvironment): ReadonlyMap<string, ByteString> {
  return new Map([
    ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ['HOME', '/root'],
    ['DEBIAN_FRONTEND', 'noninteractive'],
    ['DPKG_ADMINDIR', '/var/lib/dpkg'],
    ['DPKG_ROOT', ''],
    ['DPKG_FRONTEND_LOCKED', 'true'],
    ['DPKG_MAINTSCRIPT_PACKAGE', call.packageName],
    ['DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT', `${call.instances}`],
    ['DPKG_MAINTSCRIPT_ARCH', call.architecture],
    ['DPKG_MAINTSCRIPT_NAME', call.script],
    ['DPKG_MAINTSCRIPT_DEBUG', '0'],
    ['DPKG_RUNNING_VERSION', context.dpkgVersion],
  ]);
}

export function controlText(content: Uint8Array | undefined): ByteString | undefined {
  return content === undefined ? undefined : bytesToByteString(content);
}
