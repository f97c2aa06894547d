// A fenced server is started once, watched, and what it was refused is chosen from.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { clean } from './axe.mjs';
import { Home, ROOT, end, open } from './window.mjs';

after(end);

/** A server that wants a file which its entry says nothing of. */
function needy(...more) {
  const home = new Home(null, {
    'server/needy.js': readFileSync(join(ROOT, 'tests/permissions/needy.js'), 'utf8'),
    '.config/app/settings.json': '{}',
  });
  home.write('.cursor/mcp.json', { mcpServers: { needy: { command: 'node', args: [home.path('server/needy.js'), ...more] } } });
  return home;
}

test('what a watched server was refused is allowed only when it was chosen', async (t) => {
  const window = await open(t, needy());
  const { page } = window;
  await window.go('servers');
  await page.click('[data-name=needy] [data-test=row-sandbox]');
  await page.click('[data-test=apply]:enabled');
  await page.waitForSelector('[data-test=toast-undo]');
  assert.equal(await page.locator('[data-test=learn]').count(), 0, 'there is no sandbox yet to be watched in');

  await page.click('[data-name=needy]');
  await page.click('[data-test=permissions-change]');
  await page.click('[data-test=learn]');
  assert.match(await page.locator('.learn code').textContent(), /warder-launch learn --profile needy-/);
  assert.equal(await page.locator('[data-test=learned]').count(), 0, 'nothing was started yet');
  await page.click('[data-test=learn-yes]');
  await page.waitForSelector('[data-test=learned]');
  assert.equal(await page.locator('[data-test=learned]').textContent(), 'It started and lists 2 tools.');
  const row = page.locator('[data-test=learned-row]');
  assert.match(await row.innerText(), /~\/\.config\/app\/settings\.json\s+it tried to read it once/);
  assert.equal(await page.locator('[data-test=permissions-diff]').count(), 0, 'nothing is allowed by that');
  await clean(page, 'what was learned');

  await row.getByRole('button', { name: 'Let it read' }).click();
  await page.waitForSelector('[data-test=permissions-diff]');
  assert.match(await page.locator('[data-test=permissions-diff]').innerText(), /settings\.json/);
  await page.click('[data-test=apply]:enabled');
  await page.waitForSelector('dialog[open]', { state: 'detached' });
  await page.waitForFunction(() => document.querySelector('[aria-label="What it may do"]')?.textContent.includes('~/.config/app/settings.json'));
});

test('a check that failed offers what was refused, and its change is not one that the user undid', async (t) => {
  const window = await open(t, needy('--strict'));
  const { page } = window;
  await window.go('servers');
  await page.click('[data-name=needy] [data-test=row-sandbox]');
  await page.waitForSelector('[data-test=permissions-diff]');
  assert.match(await page.locator('.form .none').innerText(), /^Only its own, as listed below/);
  await page.check('[data-test=verify]');
  await page.click('[data-test=apply]:enabled');
  await page.waitForSelector('[data-test=allow-missed]');
  assert.match(await page.locator('[data-test=sheet] [role=alert]').innerText(), /It was refused reading ~\/\.config\/app\/settings\.json/);
  await clean(page, 'a check that failed');
  await page.click('[data-test=allow-missed]');
  await page.waitForSelector('[data-test=apply]:enabled');
  assert.match(await page.locator('.form .rows').innerText(), /~\/\.config\/app\/settings\.json/);
  assert.match(await page.locator('[data-test=permissions-diff]').innerText(), /~\/\.config\/app\/settings\.json/);
  assert.equal(await page.isChecked('[data-test=verify]'), false, 'another profile is another command');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'sheet-title', 'read first');
  await page.check('[data-test=verify]');
  await page.click('[data-test=apply]');
  await page.waitForSelector('[data-test=toast-undo]');
  await page.click('[data-name=needy]');
  await page.waitForSelector('[data-test=unwatched]');
  await window.go('activity');
  const rows = page.locator('[data-test=change-row]');
  assert.equal(await rows.count(), 2);
  assert.match(await rows.nth(1).locator('.title').innerText(), /taken back: check failed$/i);
  assert.equal(await page.getByText('Not confirmed yet').count(), 0);
  assert.match(await rows.nth(0).innerText(), /Put needy in a sandbox/);
});
