import type { ScanResult } from '../../scan/result.ts';
import type { TableView } from './table.ts';

export const SCAN_FORMATS = [
  'table',
  'json',
  'sarif',
  'cyclonedx',
  'junit',
  'gitlab',
  'github',
  'markdown',
  'html',
] as const;

export type ScanFormat = (typeof SCAN_FORMATS)[number];

/** The scan in a format, as text that ends with a line break. */
export async function writeScan(format: ScanFormat, result: ScanResult, view: TableView): Promise<string> {
  return [...(await scanPieces(format, result, view))].join('');
}

/** writeScan() in pieces, so that a report of many megabytes is not in memory at once. Only the writer asked for is loaded. */
export async function scanPieces(format: ScanFormat, result: ScanResult, view: TableView): Promise<Iterable<string>> {
  return format === 'json'
    ? (await import('./trivy.ts')).writeTrivyReport(result)
    : [await written(format, result, view)];
}

async function written(format: Exclude<ScanFormat, 'json'>, result: ScanResult, view: TableView): Promise<string> {
  switch (format) {
    case 'table':
      return (await import('./table.ts')).writeTable(result, view);
    case 'sarif':
      return (await import('./sarif.ts')).writeSarif(result);
    case 'cyclonedx':
      return (await import('./cyclonedx.ts')).writeCyclonedx(result);
    case 'junit':
      return (await import('./junit.ts')).writeJunit(result);
    case 'gitlab':
      return (await import('./gitlab.ts')).writeGitlab(result);
    case 'github':
      return (await import('./markdown.ts')).writeGithubSummary(result);
    case 'markdown':
      return (await import('./markdown.ts')).writeMarkdown(result);
    case 'html':
      return (await import('./html.ts')).writeHtml(result);
  }
}
