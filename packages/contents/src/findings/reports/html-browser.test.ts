import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { findProgram, skipUnless, temporaryFolder } from '@lading/testkit';
import type { Browser, Page, Request } from 'playwright-core';
import { hostile, sampleReport } from '../../testing/sample-report.ts';
import { htmlReport } from './html.ts';

/** The system's Chromium. Undefined when there is none, of which the test has told. */
async function openBrowser(t: TestContext): Promise<Browser | undefined> {
  const executablePath = findProgram('chromium');
  if (!skipUnless(t, executablePath !== undefined, 'no chromium') || executablePath === undefined) return undefined;
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  t.after(() => browser.close());
  return browser;
}

/** A page with a report, and everything that a browser complained of or asked for beyond the file. */
async function openReport(
  t: TestContext,
  browser: Browser,
  html: string,
  colorScheme: 'light' | 'dark' = 'light',
): Promise<{ readonly page: Page; readonly complaints: readonly string[] }> {
  const path = join(await temporaryFolder(t), 'report.html');
  await writeFile(path, html);
  const address = pathToFileURL(path).href;
  const page = await browser.newPage({ colorScheme });
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(dialog.message());
    void dialog.dismiss();
  });
  const sent = (request: Request): unknown => request.url() !== address && complaints.push(request.url());
  page.on('requestfinished', sent);
  // What the policy stops never leaves the browser.
  page.on('requestfailed', (request) => request.failure()?.errorText !== 'csp' && sent(request));
  await page.goto(address);
  return { page, complaints };
}

test('in a browser the page sorts, filters and opens details, without a word on the console or to the network', async (t) => {
  const browser = await openBrowser(t);
  if (browser === undefined) return;
  const { page, complaints } = await openReport(t, browser, htmlReport(sampleReport()));
  const rows = page.locator('#findings tbody tr:visible');
  const severities = (): Promise<string[]> => rows.locator('td:first-child').allTextContents();
  const all = await severities();
  assert.ok(all.length >= 4);

  await page.getByRole('button', { name: 'Severity' }).click();
  const ranks = ['unknown', 'negligible', 'low', 'medium', 'high', 'critical'];
  const worstFirst = [...all].sort((a, b) => ranks.indexOf(b) - ranks.indexOf(a));
  assert.deepEqual(await severities(), worstFirst);
  await page.getByRole('button', { name: 'Severity' }).click();
  assert.deepEqual(await severities(), worstFirst.toReversed());
  assert.equal(await page.locator('#findings th[aria-sort]').getAttribute('aria-sort'), 'ascending');

  await page.locator('input[name=severity][value=critical]').uncheck();
  assert.ok((await severities()).every((severity) => severity !== 'critical'));
  await page.locator('input[name=severity][value=critical]').check();
  await page.getByLabel('Search').fill('no such thing');
  assert.deepEqual([await rows.count(), await page.locator('#shown').textContent()], [0, '0 findings']);
  await page.getByLabel('Search').fill('libssl3');
  const found = await rows.count();
  assert.ok(found > 0 && found < all.length);
  // Enter in a form would load the page again.
  await page.getByLabel('Search').press('Enter');
  assert.equal(await rows.count(), found);

  const details = rows.first().locator('details');
  assert.equal(await details.locator('.places').isVisible(), false);
  await details.locator('summary').click();
  assert.equal(await details.locator('.places').isVisible(), true);
  assert.deepEqual(complaints, []);
});

test('in a browser the page keeps its policy, whatever images say, and can be read in light and dark', async (t) => {
  const browser = await openBrowser(t);
  if (browser === undefined) return;
  const backs: string[] = [];
  for (const scheme of ['light', 'dark'] as const) {
    const { page, complaints } = await openReport(t, browser, htmlReport(sampleReport(hostile)), scheme);
    assert.equal(await page.locator('script').count(), 1);
    assert.equal(complaints.join('\n'), '', 'nothing of theirs ran or was fetched');
    const [back, ink] = await page.evaluate<[string, string]>(
      '[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]',
    );
    assert.ok(contrast(back, ink) >= 4.5, `${scheme}: ${ink} on ${back}`);
    backs.push(back);
    // What gets in anyway does nothing.
    await page.evaluate(`
      document.body.append(Object.assign(document.createElement('script'), { textContent: 'document.title = "taken over"' }));
      document.body.append(Object.assign(document.createElement('img'), { src: 'https://example.org/seen' }));
    `);
    assert.notEqual(await page.title(), 'taken over');
    assert.equal(complaints.length, 2, complaints.join('\n'));
    for (const complaint of complaints) assert.match(complaint, /Content Security Policy/);
  }
  assert.notEqual(backs[0], backs[1]);
});

/** WCAG 2.2 §contrast ratio, of two colours as `rgb(1, 2, 3)`. */
function contrast(a: string, b: string): number {
  const [darker = 0, lighter = 0] = [luminance(a), luminance(b)].sort((one, other) => one - other);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(color: string): number {
  const parts = color.match(/\d+/g)?.map((part) => Number(part) / 255) ?? [];
  const [red = 0, green = 0, blue = 0] = parts.map((part) =>
    part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
