import { createHash } from 'node:crypto';
import type { Finding, Severity } from '@lading/facts';
import { isAlarming } from '../unjudged.ts';
import { markupText as text } from './escape.ts';
import { htmlScript, htmlStyle } from './html-assets.ts';
import {
  countBySeverity,
  counted,
  counting,
  fixText,
  instructionOf,
  type Rated,
  type ScanReport,
  shown,
  vulnerabilitiesIn,
  webReferences,
} from './scan-report.ts';

/** One page that needs nothing else: it can be mailed, archived and opened offline. Its policy lets no script run but its own. */
export function htmlReport(report: ScanReport): string {
  const { image, since, database, time, version } = report;
  const hash = (content: string): string => `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
  const policy = `default-src 'none'; style-src ${hash(htmlStyle)}; script-src ${hash(htmlScript)}; base-uri 'none'; form-action 'none'`;
  const facts = [
    image.platform,
    image.distribution,
    counted(image.packages, 'package'),
    since === undefined ? undefined : `only what was added since ${since}`,
    database === undefined ? undefined : `advisories up to ${database.newest.slice(0, 10)}`,
  ].filter((fact) => fact !== undefined && fact !== '');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${text(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${text(image.name)}: scan</title>
<style>${htmlStyle}</style>
</head>
<body>
<header>
<h1>${text(image.name)}</h1>
<p class="facts">${text(facts.join(' · '))}</p>
${image.digest === undefined ? '' : `<p class="facts"><code>${text(image.digest)}</code></p>\n`}</header>
<main>
${sums(report)}
${vulnerabilities(report)}${secrets(report)}${checks(report)}${remarks(report)}</main>
<footer>lading ${text(version)}, <time datetime="${text(time)}">${text(time.slice(0, 16).replace('T', ' '))} UTC</time></footer>
<script>${htmlScript}</script>
</body>
</html>
`;
}

function sums({ findings, secrets: found, checks: checked }: ScanReport): string {
  const packages = new Set(counting(findings).map((finding) => finding.package.purl)).size;
  const card = (title: string, items: readonly Rated[] | undefined, more = ''): string => {
    if (items === undefined) return '';
    const left = counting(items);
    const chips = countBySeverity(left).map(([severity, count]) => `${badge(severity, `${count} ${severity}`)}`);
    const suppressed = items.length - left.length;
    return `<section class="card"><h2>${title}</h2><p class="count">${left.length}</p>${more === '' ? '' : `<p class="muted">${more}</p>`}<p>${chips.join(' ') || 'none'}${
      suppressed === 0 ? '' : ` <span class="muted">${suppressed} suppressed</span>`
    }</p></section>`;
  };
  return `<div class="cards">${card('Vulnerabilities', findings && vulnerabilitiesIn(findings), packages === 0 ? '' : `in ${counted(packages, 'package')}`)}${card('Secrets', found)}${card('Configuration', checked)}</div>`;
}

function vulnerabilities(report: ScanReport): string {
  const findings = shown(report, report.findings);
  if (findings.length === 0) return '';
  const levels = countBySeverity(findings).map(
    ([severity]) =>
      `<label><input type="checkbox" name="severity" value="${severity}" checked> ${badge(severity, severity)}</label>`,
  );
  const columns: readonly (readonly [string, string])[] = [
    ['Severity', 'number'],
    ['Vulnerability', 'text'],
    ['Package', 'text'],
    ['Installed', 'text'],
    ['Fixed', 'text'],
    ['EPSS', 'number'],
    ['Layer', 'number'],
  ];
  const head = columns.map(
    ([name, kind]) => `<th scope="col"><button type="button" data-kind="${kind}">${name}</button></th>`,
  );
  return `<section>
<h2>Vulnerabilities</h2>
<form class="filters" id="filters">
<input type="search" id="search" placeholder="Package, id or path" aria-label="Search">
${levels.join('\n')}
<label><input type="checkbox" id="fixable"> with a fix</label>
<output id="shown">${counted(findings.length, 'finding')}</output>
</form>
<div class="scroll"><table id="findings">
<thead><tr>${head.join('')}</tr></thead>
<tbody>
${findings.map((finding, index) => row(report, finding, index)).join('\n')}
</tbody>
</table></div>
</section>
`;
}

const ranks: readonly Severity[] = ['unknown', 'negligible', 'low', 'medium', 'high', 'critical'];

function row(report: ScanReport, finding: Finding, index: number): string {
  const { id, aliases, severity, severitySource, package: found, fix, epss, kev, suppressed, title } = finding;
  const cell = (sort: string | number, content: string): string =>
    `<td data-sort="${text(String(sort))}">${content}</td>`;
  const more = [
    title === undefined ? '' : `<p>${text(title)}</p>`,
    suppressed === undefined
      ? ''
      : `<p class="muted">Suppressed: ${text(suppressed.reason)} (${text(suppressed.owner ?? suppressed.by)})</p>`,
    `<ul>${finding.advice.map((advice) => `<li>${text(advice)}</li>`).join('')}</ul>`,
    `<p class="muted">Rated by ${text(severitySource)}${aliases.length === 0 ? '' : `; also ${text(aliases.join(', '))}`}</p>`,
    finding.cvss.length === 0
      ? ''
      : `<p class="muted">${finding.cvss.map(({ vector, score }) => `${score.toFixed(1)} <code>${text(vector)}</code>`).join('<br>')}</p>`,
    `<ul class="places">${finding.places
      .slice(0, 20)
      .map(
        (place) =>
          `<li><code>${text(place.location)}</code> <span class="muted">layer ${place.layer + 1}: ${text(instructionOf(report, place.layer) ?? 'unknown instruction')}</span></li>`,
      )
      .join('')}</ul>`,
    `<ul class="links">${webReferences(finding)
      .slice(0, 8)
      .map((url) => `<li><a rel="noreferrer noopener" href="${text(new URL(url).href)}">${text(url)}</a></li>`)
      .join('')}</ul>`,
  ];
  const layer = `${found.layer + 1}${found.base === undefined ? '' : ` <span class="muted">${text(found.base.name ?? 'base')}</span>`}`;
  return `<tr data-severity="${severity}" data-fix="${fix}"${suppressed === undefined ? '' : ' class="suppressed"'}>${[
    cell(ranks.indexOf(severity), badge(severity, severity)),
    cell(
      id,
      `<details><summary><code>${text(id)}</code>${kev ? ' <span class="badge exploited">exploited</span>' : ''}</summary>${more.join('')}</details>`,
    ),
    cell(found.name, text(found.name)),
    cell(found.version, `<code>${text(found.version)}</code>`),
    cell(
      finding.fixedVersion ?? '',
      finding.fixedVersion === undefined
        ? `<span class="muted">${text(fixText(finding))}</span>`
        : `<code>${text(finding.fixedVersion)}</code>`,
    ),
    cell(epss ?? -1, epss === undefined ? '' : `${(epss * 100).toFixed(epss < 0.1 ? 1 : 0)}%`),
    cell(found.layer * 1e6 + index, layer),
  ].join('')}</tr>`;
}

function secrets(report: ScanReport): string {
  const found = shown(report, report.secrets);
  if (found.length === 0) return '';
  const items = found.map((secret) => {
    const line = secret.line === undefined ? '' : `:${secret.line}`;
    const where = secret.layer === undefined ? secret.place : `layer ${secret.layer + 1}`;
    const hidden =
      secret.hiddenBy === undefined ? '' : `, removed by layer ${secret.hiddenBy + 1}, and still in the image`;
    const excerpt = secret.excerpt === undefined ? '' : `<pre>${text(secret.excerpt)}</pre>`;
    return `<li>${badge(secret.severity, secret.severity)} <strong>${text(secret.title)}</strong> <code>${text(secret.location)}${line}</code> <span class="muted">${where}${hidden}</span>${excerpt}</li>`;
  });
  return `<section>\n<h2>Secrets</h2>\n<ul class="list">\n${items.join('\n')}\n</ul>\n</section>\n`;
}

function checks(report: ScanReport): string {
  const found = shown(report, report.checks);
  if (found.length === 0) return '';
  const items = found.map(({ id, severity, title, reason, fix, subjects, standard }) => {
    const about =
      subjects.length === 0 ? '' : `<p>${subjects.map((subject) => `<code>${text(subject)}</code>`).join(' ')}</p>`;
    return `<li>${badge(severity, severity)} <strong>${text(title)}</strong> <span class="muted">${text(standard === undefined ? id : `${id}, ${standard}`)}</span>${about}<p>${text(reason)} ${text(fix)}</p></li>`;
  });
  return `<section>\n<h2>Configuration</h2>\n<ul class="list">\n${items.join('\n')}\n</ul>\n</section>\n`;
}

function remarks({ unjudged, notes, warnings }: ScanReport): string {
  const items = [
    ...unjudged.map((one) => ({
      text: `${counted(one.packages.length, 'package')} not judged: ${one.message}`,
      weak: !isAlarming(one),
    })),
    ...notes.map((note) => ({ text: note, weak: false })),
    ...warnings.map(({ path, message }) => ({ text: `Not read: ${path}: ${message}`, weak: false })),
  ];
  if (items.length === 0) return '';
  const list = items.map((item) => `<li${item.weak ? ' class="muted"' : ''}>${text(item.text)}</li>`);
  return `<section>\n<h2>Remarks</h2>\n<ul class="list">\n${list.join('\n')}\n</ul>\n</section>\n`;
}

function badge(severity: Severity, label: string): string {
  return `<span class="badge ${severity}">${text(label)}</span>`;
}
