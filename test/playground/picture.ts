import { fileURLToPath } from 'node:url';
import { openPlayground, startBrowser } from './browser.ts';

/** Makes the picture of the documentation. Usage: npm run playground:picture */

const picture = fileURLToPath(new URL('../../docs/images/playground.png', import.meta.url));

const browser = await startBrowser();
const { page } = await openPlayground(browser, { viewport: { width: 1360, height: 800 }, colorScheme: 'light' });
await page.getByRole('checkbox', { name: 'POD_IP' }).check();
await page.getByRole('checkbox', { name: 'Labels of the pod' }).check();
await page.getByRole('checkbox', { name: 'API proxy: kubectl proxy on localhost' }).check();
await page.locator('#status', { hasText: 'the ambassador' }).waitFor();
await page.getByRole('tab', { name: 'Diff' }).click();
await page.locator('#builder-details').evaluate((builder) => builder.scrollTo(0, 0));
await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
await page.screenshot({ path: picture, animations: 'disabled' });
await browser.close();
