/** Rows of a CSV text (RFC 4180): quotes, doubled quotes, line breaks within quotes. */
export function* csvRows(text: string): Generator<readonly string[]> {
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (quoted) {
      if (char !== '"') cell += char;
      else if (text.charAt(at + 1) === '"') {
        cell += '"';
        at++;
      } else quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === ',') {
      row.push(cell);
      cell = '';
    } else if (char === '\n') {
      yield [...row, cell.replace(/\r$/, '')];
      row = [];
      cell = '';
    } else cell += char;
  }
  if (cell !== '' || row.length > 0) yield [...row, cell.replace(/\r$/, '')];
}
