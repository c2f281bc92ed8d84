/** Columns as wide as their content; the last is cut at the width of the terminal. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number,
  dim: (text: string) => string,
): string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === head.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .slice(0, Math.max(columns, 60))
      .trimEnd();
  return [dim(line(head.map((title) => title.toUpperCase()))), ...rows.map(line)];
}
