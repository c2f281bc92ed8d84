/** What the place of a value needs so that it stays a value. Texts come from registries, packages and people. */
export type Escape = (text: string) => string;

/** Without control characters, but for line breaks and tabs. */
export const plain: Escape = (text) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '');

/** For a header or title: nothing may begin a new line. */
export const oneLine: Escape = (text) => plain(text).replace(/\s+/g, ' ').trim();

export const html: Escape = (text) =>
  plain(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

/** Within a JSON string. */
export const json: Escape = (text) => JSON.stringify(text).slice(1, -1);

/** Slack's three characters: without them there are neither links nor mentions such as `<!channel>`. */
export const slack: Escape = (text) =>
  plain(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Of Markdown as Mattermost reads it. A mention has no escape, so its sign is followed by a space without width. */
export const markdown: Escape = (text) =>
  plain(text)
    .replace(/[\\`*_{}[\]()#+!|~<>&]/g, '\\$&')
    .replaceAll('@', '@\u200b')
    .replaceAll('://', ':\u200b//');

/** Of the part of Markdown that text blocks of Adaptive Cards read. */
export const card: Escape = (text) => plain(text).replace(/[\\`*_[\]()#]/g, '\\$&');
