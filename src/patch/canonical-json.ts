/**
 * JSON with one spelling per value: members sorted by name in code-unit order, two blanks of indent, a newline at the end.
 * Members that are undefined are left out. For documents whose digest names them.
 */
export function canonicalJson(value: unknown): string {
  return `${JSON.stringify(sorted(value), null, 2)}\n`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  // From entries, not by assignment: a member named __proto__ stays a member.
  return Object.fromEntries(entries.map(([name, member]) => [name, sorted(member)]));
}
