// Magnified, in forced colours, without motion, in a narrow window: all of it is still there.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { clean, overflowing } from './axe.mjs';
import { broken, demo, empty, hostile, shared } from './homes.mjs';
import { SHEETS, VIEWS } from './tour.mjs';
import { end, open, settle } from './window.mjs';

after(end);

// 1280 px at 200 %, and 320 CSS px, which is what WCAG's reflow asks for.
for (const [what, size] of Object.entries({ '200 %': { width: 640, height: 400, scale: 2 }, '400 px': { width: 400, height: 700 }, '320 px': { width: 320, height: 640 } })) {
  for (const [name, home] of Object.entries({ demo, broken, empty, hostile })) {
    test(`nothing is cut off or scrolls sideways at ${what} on the ${name} home`, async (t) => {
      const window = await open(t, home(), size);
      const { page } = window;
      for (const view of VIEWS) {
        await window.go(view);
        assert.deepEqual(await overflowing(page), [], view);
        const row = page.locator('[data-row]').first();
        if ((view === 'findings' || view === 'servers') && (await row.count()) > 0) {
          await row.click();
          await page.waitForSelector('[data-pane] h2');
          await settle(page);
          assert.deepEqual(await overflowing(page), [], `${view}, opened`);
          await page.click('[data-test=detail-back]');
        }
      }
    });
  }
  test(`every sheet fits at ${what}`, async (t) => {
    for (const [name, { home = demo, show }] of Object.entries(SHEETS)) {
      const window = await open(null, home(), { ...size, width: Math.max(size.width, 640) });
      try {
        await show(window);
        await window.page.waitForSelector('dialog[open]');
        await window.page.setViewportSize({ width: size.width, height: size.height });
        await settle(window.page);
        assert.deepEqual(await overflowing(window.page), [], name);
        const last = window.page.locator('dialog[open] :is(button, [role=option]):visible').last();
        await last.scrollIntoViewIfNeeded();
        const box = await last.boundingBox();
        assert.ok(box && box.y >= 0 && box.y + box.height <= size.height + 1, `${name}: its last button cannot be reached`);
      } finally {
        await window.close();
      }
    }
  });
}

test('in forced colours nothing is told by colour alone, and axe finds nothing', async (t) => {
  const window = await open(t, shared(), { forced: 'active' });
  const { page } = window;
  for (const view of VIEWS) {
    await window.go(view);
    await clean(page, view);
  }
  // The selected row, the pressed chip and the current view differ by more than a background of ours.
  await window.go('findings');
  const row = await page.locator('[data-row][aria-selected=true]').evaluate((row) => getComputedStyle(row).backgroundColor);
  const other = await page.locator('[data-row][aria-selected=false]').first().evaluate((row) => getComputedStyle(row).backgroundColor);
  assert.notEqual(row, other);
  assert.notEqual(await page.locator('.item[aria-current]').evaluate((item) => getComputedStyle(item).borderStyle), 'none');
});

test('who wants no motion gets none', async (t) => {
  const window = await open(t, shared(), { motion: 'reduce' });
  const { page } = window;
  const moving = () => page.evaluate(() => document.getAnimations().map((one) => one.animationName ?? one.transitionProperty));
  for (const view of VIEWS) {
    await window.go(view);
    assert.deepEqual(await moving(), [], view);
  }
  await SHEETS.fix.show(window);
  assert.deepEqual(await moving(), [], 'a sheet');
});

test('severities are words and shapes, not colours', async (t) => {
  const window = await open(t, demo());
  await window.go('findings');
  const marks = await window.page.locator('[data-test=finding-row] svg').evaluateAll((all) => all.map((svg) => [svg.getAttribute('aria-label'), svg.innerHTML]));
  const shapes = new Map(marks);
  assert.equal(new Set(shapes.values()).size, shapes.size, 'each word has a shape of its own');
  assert.ok(shapes.size >= 3);
});
