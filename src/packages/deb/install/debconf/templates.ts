import type { ByteString } from '../../../../core/bytes.ts';
import { NotNative } from '../../../script/not-native.ts';
import type { DebconfStore } from './store.ts';

/** One template of a package's `templates` file: lower-case field names, long descriptions as `extended_description`. */
export type Template = ReadonlyMap<string, ByteString>;

/** Reads a `templates` control file (debconf-devel(7)) as Debconf::Template->load does, translations included. */
export function parseTemplates(text: ByteString): readonly Template[] {
  return text
    .split(/\n\n+/)
    .map((stanza) => stanza.replace(/^\n+|\n+$/g, ''))
    .filter((stanza) => stanza !== '')
    .map(parseTemplate);
}

function parseTemplate(stanza: ByteString): Template {
  const template = new Map<string, ByteString>();
  let field = '';
  let value = '';
  let extended = '';
  const save = (): void => {
    if (field === '') return;
    template.set(field, value);
    const long = extended.replace(/\n+$/, '');
    if (long !== '') template.set(`extended_${field}`, long);
  };
  for (const line of stanza.split('\n')) {
    const start = /^([-_@.A-Za-z0-9]*):\s?(.*)$/.exec(line);
    if (start !== null) {
      save();
      field = (start[1] ?? '').toLowerCase();
      value = (start[2] ?? '').replace(/[ \t\r\f\v]*$/, '');
      extended = '';
    } else extended = appendLine(extended, line);
  }
  save();
  if (!template.has('template') || !template.has('type'))
    throw new NotNative('a debconf template without name or type');
  return template;
}

/** ` .` is an empty line, a line indented twice is kept as it is, others are joined into paragraphs. */
function appendLine(extended: ByteString, line: ByteString): ByteString {
  if (/^\s\.$/.test(line)) return `${extended}\n\n`;
  const bit = /^\s(.*)$/s.exec(line)?.[1];
  if (bit === undefined) throw new NotNative(`debconf template line "${line.slice(0, 60)}"`);
  const isVerbatim = /^\s/.test(bit);
  const needsSeparator = extended !== '' && !/[\n ]$/.test(extended);
  const trimmed = bit.replace(/[ \t\r\f\v]*$/, '');
  if (isVerbatim) return `${extended}${needsSeparator ? '\n' : ''}${trimmed}\n`;
  return `${extended}${needsSeparator ? ' ' : ''}${trimmed}`;
}

/** Registers a package's templates and the questions of the same names; known ones get the new texts. */
export function loadTemplates(
  templates: readonly Template[],
  owner: string,
  stores: { readonly config: DebconfStore; readonly templates: DebconfStore },
): void {
  for (const template of templates) {
    const name = template.get('template') ?? '';
    if (template.get('type') === 'password') throw new NotNative(`debconf template ${name} of type password`);
    const known = stores.config.get(name);
    const question = stores.config.addOwner(name, owner);
    if (known === undefined) stores.config.change(question, ({ fields }) => fields.set('template', name));
    const isRegistered = (stores.templates.get(name)?.owners.size ?? 0) > 0;
    const item =
      isRegistered && known !== undefined
        ? (stores.templates.get(name) ?? stores.templates.addOwner(name, name))
        : stores.templates.addOwner(name, name);
    stores.templates.change(item, ({ fields }) => {
      fields.clear();
      for (const [field, value] of template) if (field !== 'template') fields.set(field, value);
    });
  }
}
