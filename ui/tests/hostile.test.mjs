// Text from configs is text: escaped, cut with a mark, never run, and no key is in it.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { TOKEN, hostile } from './homes.mjs';
import { VIEWS } from './tour.mjs';
import { end, open, settle } from './window.mjs';

after(end);

/** What a page must not hold, whatever the configs say. */
async function harmless(page, what) {
  const found = await page.evaluate(() => ({
    owned: window.__owned ?? null,
    parts: document.querySelectorAll('main img, main script, main iframe, main object, main style, dialog img, dialog script').length,
    // Everything that is shown, read or hovered.
    text: [document.body.innerText, ...[...document.querySelectorAll('*')].flatMap((part) => ['title', 'aria-label', 'placeholder'].map((name) => part.getAttribute(name) ?? ''))].join('\n'),
  }));
  assert.equal(found.owned, null, `${what}: something ran`);
  assert.equal(found.parts, 0, `${what}: markup became parts`);
  // eslint-disable-next-line no-control-regex
  const invisible = found.text.match(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu);
  assert.equal(invisible, null, `${what}: ${invisible?.map((one) => one.codePointAt(0).toString(16))}`);
  assert.equal(found.text.includes(TOKEN), false, `${what}: a key`);
}

test('no view, no detail and no sheet takes a text for more than text', async (t) => {
  const window = await open(t, hostile());
  const { page } = window;
  for (const view of VIEWS) {
    await window.go(view);
    await harmless(page, view);
  }
  await window.go('servers');
  const rows = await page.locator('[data-test=server-row]').count();
  assert.ok(rows >= 12, `${rows} rows`);
  await page.locator('[data-test=server-row]').first().click();
  for (let i = 0; i < rows; i += 1) {
    await page.waitForSelector('[data-pane] h2');
    await settle(page);
    await harmless(page, `server ${i}`);
    await page.locator('[data-row][tabindex="0"]').focus();
    await page.keyboard.press('ArrowDown');
  }
  await window.go('findings');
  await page.fill('[data-test=filter]', 'fix:safe');
  await page.locator('[data-test=finding-row]').first().click();
  await page.click('[data-test=fix-button]');
  await page.waitForSelector('[data-test=sheet] .diff');
  await harmless(page, 'a sheet');
});

test('a text that turns others round or cannot be seen is marked', async (t) => {
  const window = await open(t, hostile());
  const { page } = window;
  await window.go('servers');
  await page.fill('[data-test=filter]', 'server:gpj.exe');
  await page.locator('[data-test=server-row]').first().click();
  await page.waitForSelector('[data-pane] h2 mark');
  assert.match(await page.locator('[data-pane] h2').textContent(), /safe\\u\{202e\}gpj\.exe/);
});

test('a text of 10,000 characters is cut with a mark, and whole on demand', async (t) => {
  const window = await open(t, hostile());
  const { page } = window;
  await window.go('servers');
  await page.fill('[data-test=filter]', 'server:xxxxxxxxxxxxxxxxxxxxxxxx');
  await page.locator('[data-test=server-row]').first().click();
  const name = page.locator('[data-pane] h2.headline');
  assert.match(await name.textContent(), /⟨9,840 more characters⟩$/);
  const { height } = await name.boundingBox();
  assert.ok(height < 200, `the name is ${height} px high`);
  await page.click('[data-test=whole]');
  assert.equal((await name.textContent()).length, 10_000);
  await page.click('[data-test=whole]');
  assert.match(await name.textContent(), /more characters⟩$/);
});

test('copied as Markdown it stays text', async (t) => {
  const window = await open(t, hostile());
  const { page } = window;
  await window.go('findings');
  await page.fill('[data-test=filter]', 'onerror');
  await page.locator('[data-test=finding-row]').first().click();
  await page.click('[data-test=finding-copy]');
  await page.waitForFunction(() => document.querySelector('[data-test=finding-copy]')?.textContent.includes('Copied'));
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  const outside = copied.replace(/(`{3,})[\s\S]*?\1/g, '').replace(/(`+)[^`][\s\S]*?\1/g, '');
  assert.doesNotMatch(outside, /(?<!\\)<(img|script)/);
  assert.equal(copied.includes(TOKEN), false);
});
