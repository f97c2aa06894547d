// The filter's language, as somebody types it.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { demo, shared } from './homes.mjs';
import { end, open, settle } from './window.mjs';

after(end);

/** The findings that a filter leaves: severity, rule and what stands in the row. */
async function left(page, filter) {
  await page.fill('[data-test=filter]', filter);
  await settle(page);
  return page.locator('[data-test=finding-row]').evaluateAll((rows) => rows.map((row) => ({
    rule: row.dataset.rule, severity: row.querySelector('svg')?.getAttribute('aria-label')?.toLowerCase(), text: row.textContent,
  })));
}

test('keys, values, words, either, not, and all of them together', async (t) => {
  const { page, go } = await open(t, demo(), { height: 2400 });
  await go('findings');
  const all = await left(page, '');
  const same = async (filter, keep) => assert.deepEqual(await left(page, filter), all.filter(keep), filter);
  assert.ok(all.length > 8);
  await same('severity:high', ({ severity }) => severity === 'high');
  await same('SEVERITY:High', ({ severity }) => severity === 'high');
  await same('-severity:high', ({ severity }) => severity !== 'high');
  await same('severity:high,critical', ({ severity }) => severity === 'high' || severity === 'critical');
  await same('-severity:high,critical', ({ severity }) => severity !== 'high' && severity !== 'critical');
  await same('client:cursor', ({ text }) => text.includes('· Cursor'));
  await same('client:cursor -server:github', ({ text }) => text.includes('· Cursor') && !text.includes('github'));
  await same('rule:secret-in-env', ({ rule }) => rule === 'secret-in-env');
  await same('rule:secret-in-env severity:low', ({ rule, severity }) => rule === 'secret-in-env' && severity === 'low');
  await same('severity:', () => true);
  await same('severity: ', () => true);
  await same('-', () => true);
  await same('  ', () => true);
  await same('is:accepted', () => false);
  await same('is:open', () => true);
  assert.equal((await left(page, 'fix:safe')).length, Number((await page.locator('[data-term="fix:safe"] .number').textContent())));
  assert.deepEqual((await left(page, '"plain text"')).length, all.filter(({ text }) => text.includes('plain text')).length);
  assert.deepEqual(await left(page, 'nokey:value'), []);
  assert.deepEqual(await left(page, '(*[\\'), []);
});

test('most important first: severity, then a safe fix', async (t) => {
  const { page, go } = await open(t, demo(), { height: 2400 });
  await go('findings');
  const order = ['critical', 'high', 'medium', 'low', 'info'];
  const found = (await left(page, '')).map(({ severity }) => order.indexOf(severity));
  assert.deepEqual(found, [...found].sort((a, b) => a - b));
});

test('keys and values are offered, and taken with the keys alone', async (t) => {
  const { page, go } = await open(t, demo());
  await go('findings');
  await page.keyboard.press('/');
  await page.keyboard.type('sev');
  assert.equal(await page.locator('[role=combobox]').getAttribute('aria-expanded'), 'true');
  await page.keyboard.press('ArrowDown');
  const active = await page.locator('[role=combobox]').getAttribute('aria-activedescendant');
  assert.equal(await page.locator(`[id="${active}"]`).locator('bdi').first().textContent(), 'severity:');
  await page.keyboard.press('Enter');
  assert.equal(await page.inputValue('[data-test=filter]'), 'severity:');
  await page.keyboard.type('hi');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  assert.equal(await page.inputValue('[data-test=filter]'), 'severity:high ');
  assert.equal(await page.locator('[role=combobox]').getAttribute('aria-expanded'), 'false');
  await page.keyboard.type('-client:c');
  await page.keyboard.press('Escape');
  assert.equal(await page.inputValue('[data-test=filter]'), 'severity:high -client:c', 'the first Esc only closes what is offered');
  await page.keyboard.press('Escape');
  assert.equal(await page.inputValue('[data-test=filter]'), '', 'the second empties the box');
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('role')), 'option', 'the third leads to the list');
});

test('what a filter leaves is told, once', async (t) => {
  const { page, go } = await open(t, demo());
  await go('findings');
  await page.fill('[data-test=filter]', 'rule:secret-in-env');
  await page.waitForFunction(() => /^\d+ of \d+ shown$/.test(document.querySelector('[data-test=said]').textContent.trim()));
  assert.equal(await page.locator('[role=status][data-test=said]').count(), 1);
});

test('one row for a server that several clients have, with each of its places', async (t) => {
  const { page, go } = await open(t, shared());
  await go('servers');
  assert.equal(await page.locator('[data-test=server-row]').count(), 1);
  const row = await page.locator('[data-test=server-row]').textContent();
  for (const client of ['Cursor', 'Claude Desktop', 'VS Code']) assert.ok(row.includes(client), row);
  await page.click('[data-test=server-row]');
  assert.equal(await page.locator('[aria-label="Where it is configured"] li').count(), 3);
  await page.locator('[data-test=place]').first().click();
  await settle(page);
  assert.equal(await page.locator('[aria-label="Where it is configured"] li[aria-current]').count(), 1);
  await page.click('[data-test=detail-back]');
  await page.fill('[data-test=filter]', 'client:vscode');
  await settle(page);
  assert.equal(await page.locator('[data-test=server-row]').count(), 1);
  await page.fill('[data-test=filter]', '-client:vscode');
  await settle(page);
  assert.equal(await page.locator('[data-test=server-row]').count(), 0);
});
