import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

const require = createRequire(new URL('../../playground/package.json', import.meta.url));
const { chromium } = require('playwright-core') as typeof import('playwright-core');

/** The built page, as somebody opens it from a disk. */
export const pageUrl = new URL('../../playground/dist/index.html', import.meta.url).href;

/** The file of the built page. */
export const pageFile = fileURLToPath(pageUrl);

/** The source of axe, which checks a page for accessibility. */
export const axeFile = require.resolve('axe-core/axe.min.js');

/** Starts the Chromium of the system. */
export function startBrowser(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  return chromium.launch({ executablePath, args: ['--no-sandbox'] }); // the sandbox needs rights that containers lack
}

/** A page, and what went wrong in it: uncaught errors, and what its policy blocks. */
export interface OpenedPage {
  readonly page: Page;
  readonly problems: readonly string[];
}

/** Opens the playground and waits until it shows the outcome for its example or link. */
export async function openPlayground(
  browser: Browser,
  options: BrowserContextOptions & { readonly fragment?: string; readonly url?: string } = {},
): Promise<OpenedPage> {
  const { fragment = '', url = pageUrl, ...contextOptions } = options;
  const context = await browser.newContext(contextOptions);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== url && !/^(?:blob|data):/.test(request.url()))
      problems.push(`a request to ${request.url()}`);
  });
  await page.goto(url + fragment);
  await page.locator('#status:not([data-busy]):not(:empty)').waitFor();
  return { page, problems };
}
