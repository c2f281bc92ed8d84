import { SutureError } from '../../core/errors/error.ts';
import { checkLimit } from '../../core/limits.ts';

/**
 * The template language of notifications: `{{field}}`, `{{#field}}…{{/field}}` (for each of a list, or when there is something),
 * `{{^field}}…{{/field}}` (when there is nothing), `{{.}}` (the item itself) and `{{! a remark }}`. A subset of Mustache without
 * lambdas, partials, other delimiters and unescaped output: a template can only place values, it runs nothing.
 */
export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly name: string }
  | {
      readonly kind: 'section';
      readonly name: string;
      readonly inverted: boolean;
      readonly children: readonly TemplateNode[];
    };

export type Template = readonly TemplateNode[];

export type TemplateValue =
  | string
  | number
  | boolean
  | undefined
  | readonly TemplateValue[]
  | { readonly [name: string]: TemplateValue };

/** Characters. */
const LONGEST_TEMPLATE = 64 * 1024;
const LONGEST_OUTPUT = 512 * 1024;
const DEEPEST = 8;
const TAG = /\{\{([^{}]*)\}\}/g;
const NAME = /^(?:\.|[A-Za-z][A-Za-z0-9]*)$/;

interface Open {
  readonly name: string;
  readonly inverted: boolean;
  readonly children: TemplateNode[];
  readonly at: number;
}

/**
 * @param where what messages call the template
 * @param names of fields that there are; another one is an error, as it could only ever be empty
 * @throws SutureError CONFIGURATION with the line; LIMIT_EXCEEDED
 */
export function parseTemplate(text: string, where: string, names: readonly string[]): Template {
  checkLimit(where, text.length, LONGEST_TEMPLATE);
  const fail = (at: number, message: string): SutureError =>
    new SutureError('CONFIGURATION', `${where}, line ${text.slice(0, at).split('\n').length}: ${message}`);
  const root: Open = { name: '', inverted: false, children: [], at: 0 };
  const stack: Open[] = [root];
  let end = 0;
  for (const match of text.matchAll(TAG)) {
    const current = stack.at(-1) ?? root;
    addText(current, text.slice(end, match.index));
    end = match.index + match[0].length;
    const tag = (match[1] ?? '').trim();
    if (tag.startsWith('!')) continue;
    const sign = /^[#^/&>=]/.exec(tag)?.[0] ?? '';
    const name = tag.slice(sign.length).trim();
    if (sign !== '' && !'#^/'.includes(sign)) throw fail(match.index, `{{${sign}…}} is not part of the language`);
    if (!NAME.test(name)) throw fail(match.index, `"${tag}" is no field`);
    if (name !== '.' && !names.includes(name))
      throw fail(match.index, `there is no field "${name}"; there are ${names.join(', ')}`);
    if (sign === '') current.children.push({ kind: 'value', name });
    else if (sign === '/') {
      if (current === root || current.name !== name) throw fail(match.index, `{{/${name}}} closes nothing`);
      stack.pop();
      const { inverted, children } = current;
      stack.at(-1)?.children.push({ kind: 'section', name, inverted, children });
    } else {
      if (stack.length > DEEPEST) throw fail(match.index, `sections are nested more than ${DEEPEST} deep`);
      stack.push({ name, inverted: sign === '^', children: [], at: match.index });
    }
  }
  const left = stack.at(-1);
  if (left !== undefined && left !== root) throw fail(left.at, `{{#${left.name}}} is not closed`);
  const rest = text.slice(end);
  const stray = /\{\{|\}\}/.exec(rest);
  if (stray !== null && stray[0] === '{{') throw fail(end + stray.index, '{{ is not closed');
  addText(root, rest);
  return root.children;
}

function addText({ children }: Open, text: string): void {
  if (text !== '') children.push({ kind: 'text', text });
}

/** @param escapeValue what the place of a value needs so that it stays a value: HTML, JSON, chat markup */
export function renderTemplate(
  template: Template,
  value: TemplateValue,
  escapeValue: (text: string) => string,
): string {
  let [output, full] = ['', false];
  const write = (text: string) => {
    if (full) return;
    output += text;
    full = output.length > LONGEST_OUTPUT;
  };
  const render = (nodes: readonly TemplateNode[], scopes: readonly TemplateValue[]): void => {
    for (const node of nodes) {
      if (full) return;
      if (node.kind === 'text') {
        write(node.text);
        continue;
      }
      const found = lookUp(node.name, scopes);
      if (node.kind === 'value') write(escapeValue(textOf(found)));
      else if (node.inverted) {
        if (isEmpty(found)) render(node.children, scopes);
      } else if (Array.isArray(found)) {
        for (const item of found as readonly TemplateValue[]) render(node.children, [...scopes, item]);
      } else if (!isEmpty(found)) render(node.children, [...scopes, found]);
    }
  };
  render(template, [value]);
  return full ? `${output.slice(0, LONGEST_OUTPUT)}…` : output;
}

/** The innermost scope that has the field; only fields of its own, never of a prototype. */
function lookUp(name: string, scopes: readonly TemplateValue[]): TemplateValue {
  if (name === '.') return scopes.at(-1);
  for (const scope of [...scopes].reverse())
    if (typeof scope === 'object' && !Array.isArray(scope) && Object.hasOwn(scope, name))
      return (scope as Readonly<Record<string, TemplateValue>>)[name];
  return undefined;
}

function isEmpty(value: TemplateValue): boolean {
  return (
    value === undefined ||
    value === false ||
    value === '' ||
    value === 0 ||
    (Array.isArray(value) && value.length === 0)
  );
}

function textOf(value: TemplateValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? (value as readonly TemplateValue[]).map(textOf).join(', ') : '';
}
