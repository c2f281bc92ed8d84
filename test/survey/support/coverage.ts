import type { Verdict } from './judge.ts';

/** All verdicts of one suite. */
export interface SuiteResult {
  readonly suite: string;
  /** State of the security suite: the `Date` of its Release file. */
  readonly date: string;
  readonly verdicts: readonly Verdict[];
}

export interface Figures {
  readonly pending: number;
  readonly native: number;
  readonly falseNative: number;
}

export function countVerdicts(verdicts: readonly Verdict[]): Figures {
  const native = verdicts.filter(({ blockers }) => blockers.length === 0);
  const falseNative = native.filter(({ differences }) => differences.length > 0).length;
  return { pending: verdicts.length, native: native.length, falseNative };
}

export function isScripted({ deb }: Verdict): boolean {
  return deb.scripts.length > 0;
}

const INTRODUCTION = `<!-- Written by \`make survey\`. Do not edit. -->
# Which packages are patched natively

Debian packages bring scripts that run when they are upgraded. Suture evaluates them over the image without running
anything; what it cannot reproduce to the byte makes a package *not native*, and it is left to the sandbox or to the
remote builder. These are the packages of the security suites, counted.

## How it is measured

For each suite a root is built at the point release with the packages of usual images (web servers, language runtimes,
databases, tools), without the security suite. **Pending** are all packages of that root for which the security suite has
a newer version, whether they have scripts or not. Every pending package is upgraded to it, the packages of one source
together; when they are not native together, each by itself. Triggers of other packages count: a package without scripts
is not native when it sets off a script that is not.

What is native is then held to the real dpkg, run in a chroot over the same root: every path, type, mode, owner, content,
link, attribute and time. **False** is a package that counts as native and differs; the target fails on one. Differences
that are meant are listed, each with its reason, in \`test/differential/allow-list.txt\` and \`test/survey/allow-list.txt\`.

\`make survey\` repeats it (as root, with mmdebstrap and the repositories of the machine's apt; some minutes).
`;

/** The document of figures and reasons. */
export function coverageDocument(results: readonly SuiteResult[]): string {
  const rows = results.map(({ suite, date, verdicts }) => {
    const all = countVerdicts(verdicts);
    const scripted = countVerdicts(verdicts.filter(isScripted));
    return `| ${suite}-security | ${date} | ${share(all)} | ${share(scripted)} | ${all.falseNative} |`;
  });
  const total = countVerdicts(results.flatMap(({ verdicts }) => verdicts));
  const scripted = countVerdicts(results.flatMap(({ verdicts }) => verdicts.filter(isScripted)));
  return [
    INTRODUCTION,
    '## Figures\n',
    '| suite | state of | native of pending | native of those with scripts | false |',
    '|---|---|---|---|---|',
    ...rows,
    `| all | | ${share(total)} | ${share(scripted)} | ${total.falseNative} |`,
    '',
    ...results.map(suiteSection),
  ].join('\n');
}

function share({ native, pending }: Figures): string {
  return `${native} of ${pending} (${((100 * native) / Math.max(pending, 1)).toFixed(1)} %)`;
}

function suiteSection({ suite, verdicts }: SuiteResult): string {
  const refused = verdicts.filter(({ blockers }) => blockers.length > 0);
  const native = verdicts.filter(({ blockers }) => blockers.length === 0);
  const list = (some: readonly Verdict[]): string =>
    some
      .map(({ deb }) => deb.name)
      .sort()
      .join(', ');
  return [
    `## ${suite}`,
    '',
    '| not native | upgrade | reason |',
    '|---|---|---|',
    ...refused.map(({ deb, blockers }) => `| ${deb.name} | ${deb.from} → ${deb.to} | ${cell(blockers)} |`),
    '',
    `Native with scripts: ${list(native.filter(isScripted))}.`,
    '',
    `Native without scripts: ${list(native.filter((verdict) => !isScripted(verdict)))}.`,
    '',
  ].join('\n');
}

function cell(blockers: readonly string[]): string {
  return blockers.map((text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')).join('<br>');
}
