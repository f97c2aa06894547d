// Without a pointer: everything can be reached and done, Esc steps out once,
// and the focus is never lost.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { demo, hostile, shared } from './homes.mjs';
import { SHEETS, VIEWS } from './tour.mjs';
import { end, open, settle } from './window.mjs';

after(end);

/** Puts into the page what a part is called, and by what it is known. */
const naming = (page) => page.evaluate(() => {
  const known = new WeakMap();
  let next = 1;
  window.keyOf = (part) => {
    if (!known.has(part)) known.set(part, next++);
    return known.get(part);
  };
  window.nameOf = (part) => {
    const labelled = part.getAttribute('aria-labelledby')?.split(' ').map((id) => document.getElementById(id)?.textContent).join(' ');
    return (part.getAttribute('aria-label') ?? labelled ?? (part.labels?.[0] ?? part).textContent).trim().replace(/\s+/g, ' ').slice(0, 60);
  };
});

/** What has the focus: what it is called, and whether it can be seen that it has it. */
const focused = (page) => page.evaluate(() => {
  const part = document.activeElement;
  if (!part || part === document.body) return null;
  const style = getComputedStyle(part);
  const { top, bottom, left, right, width, height } = part.getBoundingClientRect();
  // The box of the palette shows its caret; there is nothing else to have the focus.
  const ring = part.dataset.test === 'palette-text' || style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  const x = Math.min(window.innerWidth - 1, Math.max(0, (left + right) / 2));
  const y = Math.min(window.innerHeight - 1, Math.max(0, (Math.max(top, 0) + Math.min(bottom, window.innerHeight)) / 2));
  const over = document.elementFromPoint(x, y);
  return {
    key: window.keyOf(part),
    name: window.nameOf(part),
    ring,
    seen: width > 0 && height > 0 && bottom > 0 && top < window.innerHeight && (part.contains(over) || over?.contains(part)) === true,
    title: part.tagName === 'H1',
  };
});

/** Nothing has the focus: the keys of a list go to the list. */
const free = (page) => page.evaluate(() => document.activeElement?.blur());

/** Walks with Tab until it comes round; what was passed, in order. */
async function walk(page, most = 300) {
  const passed = [];
  for (let i = 0; i < most; i += 1) {
    await page.keyboard.press('Tab');
    const now = await focused(page);
    if (now === null) continue;
    if (passed.some(({ key }) => key === now.key)) break;
    passed.push(now);
  }
  return passed;
}

/** Everything that a pointer could press, or a key could scroll. */
const pressable = (page, within) => page.evaluate((within) => {
  const all = [...document.querySelectorAll(within)].flatMap((box) => [...box.querySelectorAll('button, input, select, textarea, a[href], summary, [tabindex="0"]')]);
  return all
    .filter((part) => {
      if (part.disabled || part.tabIndex < 0 || part.closest('[hidden], [inert]')) return false;
      // Of radio buttons one is the stop.
      if (part.matches('input[type=radio]') && !part.checked && document.querySelector(`input[type=radio][name="${part.name}"]:checked`)) return false;
      return part.checkVisibility({ contentVisibilityAuto: false, visibilityProperty: true }) && part.getBoundingClientRect().width > 0;
    })
    .map((part) => ({ key: window.keyOf(part), name: window.nameOf(part) }));
}, within);

async function reachesAll(page, within, what) {
  await naming(page);
  const stops = await walk(page);
  const all = await pressable(page, within);
  const reached = new Set(stops.map(({ key }) => key));
  assert.deepEqual(all.filter(({ key }) => !reached.has(key)).map(({ name }) => name), [], `not reached with Tab in ${what}`);
  assert.deepEqual(stops.filter(({ ring, title }) => !ring && !title).map(({ name }) => name), [], `no ring in ${what}`);
  assert.deepEqual(stops.filter(({ seen }) => !seen).map(({ name }) => name), [], `focused but not in sight in ${what}`);
  assert.deepEqual(stops.filter(({ name }) => name === '').length, 0, `a stop without a name in ${what}`);
}

for (const [name, home] of Object.entries({ demo, shared, hostile })) {
  test(`Tab reaches everything in every view of the ${name} home`, async (t) => {
    const { page, go } = await open(t, home());
    for (const view of VIEWS) {
      await go(view);
      await free(page);
      await reachesAll(page, 'aside, main', view);
    }
  });
}

for (const [name, { home = demo, show }] of Object.entries(SHEETS)) {
  test(`the ${name} sheet: Tab stays in it, Esc closes it once, the focus returns`, async (t) => {
    const window = await open(t, home());
    const { page } = window;
    await show(window);
    await page.waitForSelector('dialog[open]');
    await settle(page);
    await reachesAll(page, 'dialog[open]', name);
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog[open]', { state: 'detached' });
    await settle(page);
    assert.equal(await page.evaluate(() => document.activeElement === document.body), false, 'the focus is lost');
  });
}

test('a list with the keys alone: down, up, first, last, a page, open, back', async (t) => {
  const { page, go } = await open(t, demo());
  await go('findings');
  await free(page);
  const rows = page.locator('[role=listbox][aria-label=Findings] [data-row]');
  const at = () => page.evaluate(() => Number(document.activeElement.getAttribute('aria-posinset')));
  const size = Number(await rows.first().getAttribute('aria-setsize'));
  await page.keyboard.press('j');
  for (const [key, place] of [['ArrowDown', 3], ['ArrowUp', 2], ['End', size], ['Home', 1], ['j', 2], ['k', 1]]) {
    await page.keyboard.press(key);
    await settle(page);
    assert.equal(await at(), place, key);
  }
  await page.keyboard.press('PageDown');
  assert.ok((await at()) > 1);
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.dataset.test), 'filter');
  await page.keyboard.type('rule:secret-in-env');
  await page.keyboard.press('Enter');
  await settle(page);
  assert.equal(await at(), 1, 'Enter leads to the list');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-test=apply]:enabled');
  assert.equal(await page.evaluate(() => document.activeElement.dataset.test), 'apply', 'Enter opened the safe fix, and its yes has the focus');
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog[open]', { state: 'detached' });
  await settle(page);
  assert.equal(await at(), 1, 'the row has the focus again');
  await page.keyboard.press('x');
  await page.waitForSelector('[data-test=accept]');
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog[open]', { state: 'detached' });
  await settle(page);
  assert.equal(await at(), 1, 'and again');
});

test('the matrix with the keys alone: a row, its button, the server, and back', async (t) => {
  const { page, go } = await open(t, demo());
  await go('servers');
  await free(page);
  const role = () => page.evaluate(() => `${document.activeElement.getAttribute('role') ?? document.activeElement.tagName}`);
  await page.keyboard.press('ArrowDown');
  assert.equal(await role(), 'row');
  await page.keyboard.press('End');
  await page.keyboard.press('Home');
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-rowindex')), '2');
  await page.locator('[data-name=memory]').focus();
  await page.keyboard.press('ArrowRight');
  assert.equal(await role(), 'BUTTON');
  await page.keyboard.press('ArrowLeft');
  assert.equal(await role(), 'row');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-test=detail-back]');
  await settle(page);
  assert.equal(await page.evaluate(() => 'pane' in document.activeElement.dataset), true, 'the detail has the focus');
  await page.keyboard.press('Escape');
  assert.equal(await role(), 'option', 'one Esc: the list beside it');
  await page.keyboard.press('Escape');
  await settle(page);
  assert.equal(await role(), 'row', 'another: the matrix');
});

test('the focus moves on to the next finding after a fix, and stays after its undo', async (t) => {
  const { page, go } = await open(t, shared());
  await go('findings');
  await page.fill('[data-test=filter]', 'rule:secret-in-env');
  await page.focus('[data-test=filter]');
  await page.keyboard.press('Enter');
  const before = await page.evaluate(() => Number(document.activeElement.getAttribute('aria-setsize')));
  assert.ok(before >= 2);
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-test=apply]:enabled');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-test=toast-undo]');
  await page.waitForFunction((before) => document.activeElement?.getAttribute('aria-setsize') === String(before - 1), before);
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-posinset')), '1', 'the next finding has the focus');
  await page.keyboard.press('Control+z');
  await page.waitForFunction((before) => document.querySelector('[role=option]')?.getAttribute('aria-setsize') === String(before), before);
  await settle(page);
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('role')), 'option');
});

test('Tab never comes into rows that are filtered away', async (t) => {
  const { page, go } = await open(t, demo());
  await go('findings');
  await free(page);
  await page.keyboard.press('j');
  await page.fill('[data-test=filter]', 'there is no such thing');
  await settle(page);
  assert.equal(await page.locator('[data-row]').count(), 0);
  await page.getByRole('button', { name: 'Show all' }).click();
  await settle(page);
  assert.equal(await page.evaluate(() => document.activeElement === document.body), false, 'the focus is lost');
});
