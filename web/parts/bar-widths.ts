/** Widths of the parts in a drawing 100 wide; a part that is there can be seen. */
export function barWidths(counts: readonly number[]): readonly number[] {
  const LEAST = 0.8;
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return counts.map(() => 0);
  const raised = counts.map((count) => (count === 0 ? 0 : Math.max(LEAST, (count / total) * 100)));
  const sum = raised.reduce((all, width) => all + width, 0);
  return raised.map((width) => (width / sum) * 100);
}
