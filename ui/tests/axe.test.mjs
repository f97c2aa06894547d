// axe over every view and every sheet, light and dark: nothing is found.

import { after, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { clean, small } from './axe.mjs';
import { broken, demo, empty, hostile, shared } from './homes.mjs';
import { SHEETS, VIEWS } from './tour.mjs';
import { end, open, settle } from './window.mjs';

after(end);

for (const theme of ['light', 'dark']) {
  describe(theme, () => {
    for (const [name, home] of Object.entries({ demo, shared, empty, broken, hostile })) {
      test(`every view on the ${name} home`, async (t) => {
        const window = await open(t, home(), { theme });
        for (const view of VIEWS) {
          await window.go(view);
          await clean(window.page, `${view}, ${name}`);
          assert.deepEqual(await small(window.page), [], `targets in ${view}, ${name}`);
        }
      });
    }

    for (const [name, { home = demo, show }] of Object.entries(SHEETS)) {
      test(`the ${name} sheet`, async (t) => {
        const window = await open(t, home(), { theme });
        await show(window);
        await window.page.waitForSelector('dialog[open]');
        await settle(window.page);
        await clean(window.page, name);
        assert.deepEqual(await small(window.page), [], `targets in ${name}`);
      });
    }

    test('a server beside the list, a toast, a notice, offers under the filter', async (t) => {
      const { page, go } = await open(t, shared(), { theme });
      await go('servers');
      await page.click('[data-test=server-row]');
      await page.waitForSelector('[data-test=detail-back]');
      await clean(page, 'a server');
      await go('findings');
      await page.fill('[data-test=filter]', 'severity:');
      await page.waitForSelector('[role=listbox][aria-label="What could follow"]:not([hidden])');
      await clean(page, 'offers');
      await page.keyboard.press('Escape');
      await page.fill('[data-test=filter]', 'rule:secret-in-env');
      await page.click('[data-test=fix-button]');
      await page.click('[data-test=apply]:enabled');
      await page.waitForSelector('[data-test=toast-undo]');
      await settle(page);
      await clean(page, 'a toast');
    });
  });
}
