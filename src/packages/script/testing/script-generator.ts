import fc from 'fast-check';

const NAMES = ['x', 'y', 'z'];
const TEXTS = ['a', 'b c', '', '*', 'a:b', ' lead', 'x  y ', '-n', '1', '10', '\\\\', 'f?', '/p/q.r'];

const name = fc.constantFrom(...NAMES);

/** A word with quoting and expansions of every kind. */
const word: fc.Arbitrary<string> = fc.letrec<{ word: string; part: string }>((tie) => ({
  part: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(
      'a',
      'b1',
      '-',
      '.',
      '""',
      "''",
      "'q  q'",
      '"d  d"',
      '\\ ',
      '\\*',
      '$#',
      '$?',
      '"$@"',
      '$*',
      '"$*"',
      '$1',
      '"$2"',
      '[ab]',
      '*',
    ),
    name.map((n) => `$${n}`),
    name.map((n) => `"$${n}"`),
    fc
      .tuple(name, fc.constantFrom('-', ':-', '+', ':+', '%', '%%', '#', '##'), tie('word'))
      .map(([n, o, w]) => `\${${n}${o}${w}}`),
    fc
      .tuple(name, fc.constantFrom('-', ':-', '+', '%', '#'), fc.constantFrom('a', 'b*', ' ', '*', "'q'", '$y', '?'))
      .map(([n, o, w]) => `"\${${n}${o}${w}}"`),
    name.map((n) => `\${#${n}}`),
    tie('word').map((w) => `$(echo ${w})`),
    tie('word').map((w) => `"$(echo ${w}; echo t)"`),
    fc
      .tuple(
        fc.integer({ min: 0, max: 9 }),
        fc.constantFrom('+', '-', '*', '<', '==', '&&', '|', '<<'),
        fc.integer({ min: 0, max: 9 }),
      )
      .map(([a, o, b]) => `$((${a}${o}${b}))`),
  ),
  word: fc.array(tie('part'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')),
})).word;

/** Statements that end: loops run over lists only. */
const statement: fc.Arbitrary<string> = fc.letrec<{ statement: string; list: string; simple: string }>((tie) => ({
  simple: fc.oneof(
    fc.array(word, { maxLength: 3 }).map((words) => `echo ${words.join(' ')}`),
    fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => `printf '[%s]' ${words.join(' ')}; echo`),
    fc.tuple(name, word).map(([n, w]) => `${n}=${w}`),
    fc.tuple(name, fc.constantFrom(...TEXTS)).map(([n, text]) => `${n}='${text}'`),
    fc.array(word, { maxLength: 3 }).map((words) => `set -- ${words.join(' ')}`),
    fc.constantFrom(
      'true',
      'false',
      ':',
      'shift 2>/dev/null || :',
      'f',
      'f "$x" b',
      'IFS=:',
      'unset IFS',
      'unset x',
      'set -e',
      'set +e',
      'set -f',
      'set +f',
      '(exit 3)',
      'echo end | cat',
      'read y <<E\n $x b:c \nE\n',
      'cat <<E\n$x "$y" `echo in`\nE\n',
    ),
    fc
      .tuple(word, fc.constantFrom('=', '!='), word)
      .map(([a, o, b]) => `[ "${'$'}x" ${o} "$y" ] && echo ${a} || echo ${b}`),
    word.map((w) => `echo ${w} > out; cat out`),
    fc.constantFrom(
      'touch ab a1',
      'x=$y$z',
      'y="$x:$z"',
      'export x',
      'f() { echo "f:$#:$1"; return 2; }',
      'f() { local x=in; y=$x; }',
      'f() { set -- p q; shift; echo $1; }',
      'eval "x=\\$y"',
      "trap 'echo bye $?' EXIT",
    ),
  ),
  list: fc.array(tie('statement'), { minLength: 1, maxLength: 3 }).map((statements) => statements.join('\n')),
  statement: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 6, arbitrary: tie('simple') },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie('simple'), fc.constantFrom(' && ', ' || ', '\n'), tie('simple'))
        .map(([a, o, b]) => `{ ${a}\n}${o}${b}`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie('statement'), tie('list'), tie('list'))
        .map(([c, a, b]) => `if ${c}\nthen ${a}\nelse ${b}\nfi`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(name, word, word, tie('list'))
        .map(([n, a, b, body]) => `for ${n} in ${a} ${b}; do ${body}\ndone`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(word, word, tie('list'), tie('list'))
        .map(([s, p, a, b]) => `case ${s} in ${p}) ${a}\n;; *) ${b}\n;; esac`),
    },
    { weight: 1, arbitrary: tie('list').map((body) => `( ${body}\n)`) },
    { weight: 1, arbitrary: tie('statement').map((body) => `! { ${body}\n}`) },
    { weight: 1, arbitrary: tie('list').map((body) => `{ ${body}\n} | cat`) },
    { weight: 1, arbitrary: tie('list').map((body) => `z=$(${body}\n)`) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie('list'), fc.constantFrom('break', 'continue'))
        .map(([body, leave]) => `for i in 1 2 3; do [ $i = 2 ] && ${leave}\n${body}\ndone`),
    },
  ),
})).statement;

/** Scripts of the evaluated subset, for comparison with a real shell. */
export const scripts: fc.Arbitrary<string> = fc
  .array(statement, { minLength: 1, maxLength: 6 })
  .map((statements) => ['f() { echo "f $*"; }', ...statements, 'echo "$? [$x] [$y] [$z] $#"', ''].join('\n'));
