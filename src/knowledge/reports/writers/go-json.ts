/**
 * JSON as Go's encoder writes it by default, indented by two: `&`, `<` and `>` only occur within texts, so that they can be
 * escaped everywhere; such a report can stand in HTML.
 */
export function goJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  return `${text.replace(/[&<>\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
}

/** A member, unless it is empty: Go leaves out zero values (`omitempty`). */
export function present<Key extends string, T>(key: Key, value: T): { [K in Key]?: NonNullable<T> } {
  return (isEmpty(value) ? {} : { [key]: value }) as { [K in Key]?: NonNullable<T> };
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
