import fc from 'fast-check';
import { READING_COMMANDS } from './reading-commands.ts';

/**
 * Scripts that change files, of the commands and constructs that maintainer scripts are made of. Every script begins in the
 * same small tree, and ends: loops run over lists or count down.
 */

/** What each script finds: files, directories, links that lead to both and to nothing. */
const SETUP = [
  'umask 022',
  'mkdir d d/e s; printf "one\\ntwo\\nthree\\n" > a; printf "k=v\\n# note\\nname=x y\\n\\nk=w" > conf',
  'printf "root:x:0\\nbin:y:2\\n" > d/f; echo deep > d/e/g; ln -s a l; ln -s d ld; ln -s gone broken; : > empty; chmod 640 a; chmod 700 s',
].join('\n');

const PATHS = [
  'a',
  'b',
  'conf',
  'empty',
  'd',
  'd/f',
  'd/e',
  'd/e/g',
  'd/new',
  's',
  's/t',
  'l',
  'ld',
  'ld/f',
  'broken',
  'no/way',
  'n',
];
const MODES = [
  '644',
  '755',
  '0600',
  '2775',
  '4755',
  '1777',
  'u+x',
  'go-rwx',
  'a+r',
  'u=rw,go=r',
  'g+s',
  '+x',
  'a=rX',
  'u-s',
  'o+t',
];

const path = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...PATHS) },
  { weight: 2, arbitrary: fc.constantFrom('"$x"', '$x', '"$1"', 'd/*', '*', '[a-c]*', './a', 'd/../a', 'd/', '"n n"') },
);
const mode = fc.constantFrom(...MODES);
const text = fc.constantFrom(
  'one',
  "'x y'",
  '"$x"',
  '$x',
  '"$(cat a 2>/dev/null)"',
  '"${x%/*}"',
  '"${x##*/}"',
  '"${y:-none}"',
  '-n',
  '"k=$y"',
);

const option = (options: readonly string[]) => fc.constantFrom(...options);
const paths = (minLength: number, maxLength: number) =>
  fc.array(path, { minLength, maxLength }).map((list) => list.join(' '));

/** One line each; what it says of its errors differs between tools, so only its effects and its status are looked at. */
const change: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(option(['', '-p ', '-m 700 ', '-p -m 2755 ', '-m u=rwx,g= ']), paths(1, 2))
    .map(([o, p]) => `mkdir ${o}${p}`),
  fc
    .tuple(option(['', '-s ', '-sf ', '-f ', '-sfn ', '-sT ', '-sfT ']), path, path)
    .map(([o, a, b]) => `ln ${o}${a} ${b}`),
  fc.tuple(mode, paths(1, 2)).map(([m, p]) => `chmod ${m} ${p}`),
  fc.tuple(mode, path).map(([m, p]) => `chmod -R ${m} ${p}`),
  fc
    .tuple(option(['0', '0:0', 'root', 'root:root', ':root', '-h root', '-R root:root']), path)
    .map(([o, p]) => `chown ${o} ${p}`),
  fc.tuple(option(['', '-f ', '-n ', '-T ']), path, path).map(([o, a, b]) => `mv ${o}${a} ${b}`),
  fc
    .tuple(
      option([
        '',
        '-p ',
        '-a ',
        '-r ',
        '-f ',
        '-d ',
        '-L ',
        '-rL ',
        '-T ',
        '-n ',
        '-aT ',
        '--remove-destination ',
        '-pr ',
      ]),
      path,
      path,
    )
    .map(([o, a, b]) => `cp ${o}${a} ${b}`),
  fc.tuple(option(['', '-f ', '-r ', '-rf ']), paths(1, 2)).map(([o, p]) => `rm ${o}${p}`),
  fc.tuple(option(['', '--ignore-fail-on-non-empty ', '-p ']), path).map(([o, p]) => `rmdir ${o}${p}`),
  paths(1, 2).map((p) => `touch ${p}`),
  fc
    .tuple(option(['', '-m 755 ', '-D ', '-d ', '-m 0640 ']), path, path)
    .map(([o, a, b]) => (o === '-d ' ? `install -d ${b}` : `install ${o}${a} ${b}`)),
  fc.tuple(text, option(['>', '>>']), path).map(([t, o, p]) => `echo ${t} ${o} ${p}`),
  fc.tuple(path, option(['>', '>>']), path).map(([a, o, b]) => `cat ${a} ${o} ${b}`),
  fc.tuple(text, path).map(([t, p]) => `printf '%s\\n' ${t} > ${p}`),
  fc.tuple(path, text).map(([p, t]) => `cat > ${p} <<E\n${t.replaceAll("'", '')} $x\n\\$x \`echo in\`\nE`),
  fc.tuple(path, path).map(([a, b]) => `{ cat ${a}; echo t; } > ${b}`),
  path.map((p) => `: > ${p}`),
);

const look = fc.tuple(fc.constantFrom(...READING_COMMANDS), path);

/** Prints what a command prints, with its status. Absolute paths are those of the machine and of the image. */
const observe: fc.Arbitrary<string> = fc.oneof(
  look.map(([command, p]) =>
    /^find|^ls/.test(command)
      ? `${command} ${p} 2>/dev/null | sort; echo $?`
      : `${command} ${p} 2>/dev/null | sed "s,$PWD/,,"`,
  ),
  look.map(([command, p]) => `${command} ${p} > /dev/null 2>&1; echo $?`),
  look.map(([command, p]) => `x=$(${command} ${p} 2>/dev/null | head -n 1 | sed "s,$PWD/,,")`),
  path.map((p) => `find ${p} -type f 2>/dev/null | sort | while read -r f; do echo "<$f>"; done`),
  path.map((p) => `while read -r k v; do echo "[$k][$v]"; done < ${p}`),
  path.map((p) => `while IFS== read -r k v; do echo "[$k][$v]"; done 2>/dev/null < ${p}`),
);

const condition: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(option(['-e', '-f', '-d', '-L', '-h', '-s', '-r', '-x', '-n', '-z', '-u', '-g', '-k', '-b', '-p']), path)
    .map(([o, p]) => `[ ${o} ${p.includes('*') ? `"${p}"` : p} ]`),
  fc
    .tuple(option(['=', '!=', '-ef']), path, path)
    .map(([o, a, b]) => `[ "${a.replaceAll('"', '')}" ${o} "${b.replaceAll('"', '')}" ]`),
  fc
    .tuple(option(['-a', '-o']), path, path)
    .map(([o, a, b]) => `test -e "${a.replaceAll('"', '')}" ${o} -d "${b.replaceAll('"', '')}"`),
  fc
    .tuple(option(['-eq', '-lt', '-ge', '-ne']), fc.constantFrom('0', '3', '$#', '$?'))
    .map(([o, n]) => `[ ${n} ${o} 2 ]`),
  path.map((p) => `! [ -e "${p.replaceAll('"', '')}" ]`),
  look.map(([command, p]) => `${command} ${p} >/dev/null 2>&1`),
  fc.constantFrom('true', 'false', '[ "$x" ]', '[ -z "${y-}" ]'),
);

const value = fc.constantFrom(
  'a',
  'd/f',
  "'n n'",
  '$(ls d 2>/dev/null | head -n 1)',
  '${x}/e',
  '"${x%.*}"',
  '${1:-b}',
  '${x:+d}',
  '"${x#*/}"',
  '$#',
  '$((${#x}+1))',
);

const simple: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: change },
  { weight: 3, arbitrary: change.map((line) => `${line.replace(/( <<E)/, ' 2>/dev/null$1')}\necho $?`) },
  { weight: 4, arbitrary: observe },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('x', 'y'), value).map(([n, v]) => `${n}=${v}`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'umask 077',
      'umask 022',
      'umask 002',
      'cd d',
      'cd d/..',
      'set -e',
      'set +e',
      'set -u',
      'set +u',
      'save a',
      'save conf',
      'shift 2>/dev/null || :',
      'exec 3> b; echo three >&3; exec 3>&-',
      'set -- a d/f',
      'f=$(mktemp); echo t > "$f"; mv "$f" n',
      'f=$(mktemp -d); cp a "$f"; rm -r "$f"',
      "trap 'echo end $?' EXIT",
      'unset x',
    ),
  },
);

const statements: fc.Arbitrary<string> = fc.letrec<{ one: string; list: string }>((tie) => ({
  list: fc.array(tie('one'), { minLength: 1, maxLength: 3 }).map((lines) => lines.join('\n')),
  one: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 8, arbitrary: simple },
    {
      weight: 2,
      arbitrary: fc
        .tuple(condition, tie('list'), tie('list'))
        .map(([c, a, b]) => `if ${c} 2>/dev/null\nthen\n${a}\nelse\n${b}\nfi`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(condition, option(['&&', '||']), simple)
        .map(([c, o, s]) => `${c} 2>/dev/null ${o} {\n${s}\n}`),
    },
    { weight: 1, arbitrary: fc.tuple(paths(1, 3), tie('list')).map(([p, body]) => `for x in ${p}; do\n${body}\ndone`) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie('list'), option(['break', 'continue', ':']))
        .map(([body, leave]) => `i=3; while [ $i -gt 0 ]; do i=$((i-1))\n${body}\n[ $i = 1 ] && ${leave}\ndone`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.constantFrom('"$x"', '"$1"', '$(stat -c %a a 2>/dev/null)', '"$#"'),
          fc.constantFrom('a|b', '*/*', '6??', '""', '[0-9]*'),
          tie('list'),
          tie('list'),
        )
        .map(([word, pattern, a, b]) => `case ${word} in\n${pattern})\n${a}\n;;\n*)\n${b}\n;;\nesac`),
    },
    { weight: 1, arbitrary: tie('list').map((body) => `(\n${body}\n)`) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie('list'), path)
        .map(([body, p]) => `{\n${body}\n} >> ${p.includes('*') || p.includes('$') ? 'n' : p}`),
    },
    { weight: 1, arbitrary: tie('list').map((body) => `g() {\nlocal x=$1\n${body}\n}\ng d/f`) },
  ),
})).one;

/** Scripts that change files, for comparison with dash and the tools of Debian. */
export const fileScripts: fc.Arbitrary<string> = fc
  .array(statements, { minLength: 1, maxLength: 7 })
  .map((lines) =>
    [
      SETUP,
      'save() { [ -f "$1" ] && cp -p "$1" "$1.bak" && sed -i "s/^/# /" "$1"; }',
      ...lines,
      'echo "$? [${x-}] [${y-}] $#"',
      '',
    ].join('\n'),
  );
