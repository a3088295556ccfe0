import type { ScanReport } from '@lading/contents';
import { printableJson } from '../printable.ts';
import type { Format } from './scan-options.ts';

/** A report in a format: data where the format is JSON, and its text. `width` is the terminal's, in columns. */
export async function formatReport(
  format: Format,
  report: ScanReport,
  width: number,
): Promise<{ readonly data?: object; readonly text: string }> {
  const contents = await import('@lading/contents');
  const json = (data: object): { data: object; text: string } => ({ data, text: printableJson(data) ?? '' });
  switch (format) {
    case 'table':
      return { text: contents.tableReport(report, width) };
    case 'json':
      return json(contents.jsonReport(report));
    case 'sarif':
      return json(contents.sarifReport(report));
    case 'cyclonedx':
      return json(contents.cycloneDxVexReport(report));
    case 'openvex':
      return json(contents.openVexReport(report));
    case 'junit':
      return { text: contents.junitReport(report).trimEnd() };
    case 'markdown':
      return { text: contents.markdownReport(report).trimEnd() };
    case 'html':
      return { text: contents.htmlReport(report).trimEnd() };
  }
}
