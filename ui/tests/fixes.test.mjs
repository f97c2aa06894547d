// From a finding to a mended file and back, byte for byte.

import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { after, test } from 'node:test';
import { CONFIG, SLACK, TOKEN, demo, shared } from './homes.mjs';
import { finding, move } from './tour.mjs';
import { end, Home, open, settle } from './window.mjs';

after(end);

test('a key moves to the keychain, and Undo brings the bytes back', async (t) => {
  const window = await open(t, shared());
  const { page, home } = window;
  await finding(window, 'secret-in-env');
  await page.click('[data-test=fix-button][data-fix-kind=keychain]');
  await page.waitForSelector('[data-test=sheet] .diff');
  const path = (await page.locator('[data-test=sheet] figcaption').textContent()).replace('~/', '');
  const before = home.read(path);
  assert.ok(before.includes(TOKEN));
  assert.equal((await page.content()).includes(TOKEN), false, 'the page holds the key');
  await page.click('[data-test=apply]:enabled');
  await page.waitForSelector('[data-test=toast-undo]');
  assert.equal(home.read(path).includes(TOKEN), false, 'the key is still in the file');
  await page.click('[data-test=toast-undo]');
  await page.waitForFunction(() => document.querySelector('[role=status] .toast')?.textContent.includes('Undone'));
  assert.deepEqual(home.read(path), before, 'the bytes are those of before');
  assert.notEqual(await page.evaluate(() => document.activeElement?.tagName), 'BODY', 'the focus is lost');
});

test('no fix is offered above text that is still on its way', async (t) => {
  let letIn;
  const come = new Promise((now) => (letIn = now));
  const answers = async (said) => {
    if (said.answer?.answer === 'detail') await come;
    return said;
  };
  const { page, go } = await open(t, shared(), { answers });
  await go('findings');
  await page.click('[data-test=finding-row][data-rule=secret-in-env]');
  await settle(page);
  assert.equal(await page.locator('[data-test=fix-button]').count(), 0, 'it would move when the text comes');
  letIn();
  const button = page.locator('[data-test=fix-button]').first();
  await button.waitFor();
  assert.ok(await page.locator('[data-test=rule-open]').isVisible(), 'the text came with it');
  await button.click();
  await page.waitForSelector('[data-test=sheet] .diff');
});

test('the hand-written file keeps its tabs, line ends and comment', async (t) => {
  const window = await open(t, shared());
  const { page, home } = window;
  await window.go('findings');
  await page.fill('[data-test=filter]', 'rule:secret-in-env client:cursor');
  await page.click('[data-test=fix-button][data-fix-kind=keychain]');
  await page.click('[data-test=apply]:enabled');
  await page.waitForSelector('[data-test=toast-undo]');
  const mended = home.read('.cursor/mcp.json').toString('utf8');
  assert.ok(mended.startsWith('{\r\n\t"mcpServers": {\r\n\t\t"github": {'), mended);
  await window.go('activity');
  await page.click('[data-test=change-undo]:enabled');
  await page.waitForFunction(() => document.querySelector('[data-test=change-row]')?.textContent.includes('undone'));
  assert.equal(home.read('.cursor/mcp.json').toString('utf8'), CONFIG);
});

test('folders are narrowed to those that are picked', async (t) => {
  const window = await open(t, demo());
  const { page, home } = window;
  const path = '.config/Claude/claude_desktop_config.json';
  const before = home.read(path);
  await finding(window, 'broad-filesystem-root');
  await page.click('[data-test=fix-button][data-fix-kind=narrow]');
  assert.equal(await page.locator('[data-test=apply]').isEnabled(), false, 'nothing is chosen yet');
  assert.ok(await page.locator('[data-test=sheet] input[type=text]').evaluate((field) => field === document.activeElement), 'the one thing it asks');
  await page.fill('[data-test=sheet] input[type=text]', 'code/website');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#wrong-path');
  await page.fill('[data-test=sheet] input[type=text]', '~/no/such');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('#wrong-path')?.textContent.includes('is not a folder'));
  assert.equal(await page.inputValue('[data-test=sheet] input[type=text]'), '~/no/such', 'to be mended');
  assert.equal(await page.locator('[data-test=drop-folder]').count(), 0, 'not left ticked');
  await page.fill('[data-test=sheet] input[type=text]', '~/code/website');
  await page.keyboard.press('Enter');
  await page.click('[data-test=apply]:enabled');
  await page.waitForSelector('[data-test=toast-undo]');
  assert.ok(home.read(path).toString('utf8').includes(home.path('code/website')));
  await page.keyboard.press('Control+z');
  await page.waitForFunction(() => document.querySelector('[role=status] .toast')?.textContent.includes('Undone'));
  assert.deepEqual(home.read(path), before);
});

test('a folder is chosen in the dialog of the system', async (t) => {
  const window = await open(t, demo());
  const { page, home } = window;
  await finding(window, 'broad-filesystem-root');
  await page.click('[data-test=fix-button][data-fix-kind=narrow]');
  await page.evaluate((path) => (globalThis.__picked = path), home.path('code/website'));
  await page.click('[data-test=choose-folder]');
  await page.waitForSelector('[data-test=apply]:enabled');
  assert.match(await page.locator('[data-test=sheet] .diff').textContent(), /code\/website/);
  assert.deepEqual(await page.evaluate(() => globalThis.__commands), ['pick']);
});

test('a difference counts the lines of before and of after', async (t) => {
  const window = await open(t, demo());
  const { page, home } = window;
  await finding(window, 'secret-in-env', 'client:cursor');
  await page.click('[data-test=fix-button][data-fix-kind=keychain]');
  await page.waitForSelector('[data-test=apply]:enabled');
  const lines = await page.locator('[data-test=sheet] .line').evaluateAll((all) => all.map((line) => [
    line.className.match(/kept|removed|added|gap/)?.[0], ...[...line.querySelectorAll('.number')].map((number) => number.textContent),
  ]));
  const before = home.read('.cursor/mcp.json').toString('utf8').split('\n').length;
  for (const [kind, old, now] of lines) {
    assert.equal(old !== '', kind === 'kept' || kind === 'removed', `${kind}: ${old}`);
    assert.equal(now !== '', kind === 'kept' || kind === 'added', `${kind}: ${now}`);
    assert.ok(Number(old) <= before);
  }
  assert.ok(lines.some(([kind]) => kind === 'removed') && lines.some(([kind]) => kind === 'added'));
});

test('without an editor it says so beside the button, with the path to copy', async (t) => {
  const home = demo();
  // As a desktop without a program for such files: it only says so by how it ends.
  home.write('none/xdg-open', '#!/bin/sh\nexit 3\n');
  chmodSync(home.path('none/xdg-open'), 0o755);
  const window = await open(t, home, { env: { PATH: home.path('none') }, opens: true });
  const { page } = window;
  await finding(window, 'secret-in-env', 'client:cursor');
  await page.click('[data-test=edit]');
  await page.waitForSelector('.place + .unopened [role=alert]');
  assert.match(await page.locator('.unopened').textContent(), /No editor .*found.*Open it yourself: .*\.cursor\/mcp\.json/s);
  await page.click('[data-test=copy-path]');
  await page.waitForFunction(() => document.querySelector('[data-test=copy-path]')?.textContent.includes('Copied'));
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), home.path('.cursor/mcp.json'));
  await window.go('servers');
  await page.click('[data-test=server-row][data-name=github]');
  await page.click('[data-test=edit]');
  await page.waitForSelector('[data-pane] header [role=alert] [data-test=copy-path]');
});

test('an undo that a newer change stands before offers that one', async (t) => {
  const token = (name) => ({ [name]: TOKEN });
  const home = new Home(null, { '.cursor/mcp.json': { mcpServers: { two: { command: 'npx', args: ['-y', '@modelcontextprotocol/server-github@2025.4.8'], env: { ...token('GITHUB_TOKEN'), SLACK_BOT_TOKEN: SLACK } } } } });
  const before = home.read('.cursor/mcp.json');
  const window = await open(t, home);
  const { page } = window;
  await move(window);
  await move(window);
  await window.go('activity');
  const row = (place) => page.locator('[data-test=change-row]').nth(place);
  await page.waitForSelector('[data-test=change-blocked]');
  assert.equal(await page.locator('[data-test=change-undo]').count(), 1, 'a button that fails is offered');
  assert.equal(await row(0).locator('[data-test=change-undo]').count(), 1, 'the newest can be taken back');
  const newest = (await row(0).locator('.words').textContent()).trim();
  assert.ok((await row(1).locator('[data-test=change-blocked]').textContent()).includes(`undo “${newest}” first`));
  await row(1).locator('[data-test=change-first]').click();
  await page.waitForSelector('[data-test=change-blocked]', { state: 'detached' });
  await row(1).locator('[data-test=change-undo]:enabled').click();
  await page.waitForFunction(() => document.querySelectorAll('[data-test=change-row].undone').length === 2);
  assert.deepEqual(home.read('.cursor/mcp.json'), before);
});

test('a move whose key was replaced since is put back with the new key, or after the replacement', async (t) => {
  // A new key comes from the clipboard of the shell, which is not here: what the core says of it then.
  let replaced = null;
  const answers = (said) => {
    if (replaced === null || said.answer?.answer !== 'blocked') return said;
    const why = { code: 'conflict', message: 'its key was replaced since; undoing would bring the old one back and lose the new one', hint: null };
    return { answer: { answer: 'blocked', with: [{ ...replaced, why }] } };
  };
  const window = await open(t, shared(), { answers });
  const { page, home, core } = window;
  await move(window);
  const { answer: log } = await core.ask({ ask: 'log' });
  const { answer: report } = await core.ask({ ask: 'scan' });
  const wrapped = report.with.servers.find((server) => server.protection === 'keychain');
  replaced = { change: log.with[0].id, first: null, restore: wrapped.id };
  await window.go('activity');
  await page.waitForSelector('[data-test=change-restore]');
  assert.match(await page.locator('[data-test=change-blocked]').innerText(), /Its key was replaced since: undoing would bring back the old one\./);
  assert.equal(await page.locator('[data-test=change-undo]').count(), 0, 'a button that fails is offered');
  assert.equal(home.read('.cursor/mcp.json').includes(TOKEN), false);
  await page.click('[data-test=change-restore]');
  await page.waitForFunction(() => document.querySelector('[role=status] .toast')?.textContent.includes('Put back with its new key: github'));
  assert.equal(home.read('.cursor/mcp.json').toString('utf8'), CONFIG);
  assert.notEqual(await page.evaluate(() => document.activeElement?.tagName), 'BODY', 'the focus is lost');
});

test('an entry that somebody else changed since says why it stays', async (t) => {
  const window = await open(t, shared());
  const { page, home } = window;
  await move(window);
  const path = '.cursor/mcp.json';
  home.write(path, home.read(path).toString('utf8').replace('server-github@2025.4.8', 'server-github@2025.4.9'));
  await window.changed();
  await window.go('activity');
  await page.waitForSelector('[data-test=change-blocked]');
  assert.match(await page.locator('[data-test=change-blocked]').textContent(), /Cannot be undone now: .*another program/);
  assert.equal(await page.locator('[data-test=change-undo], [data-test=change-first]').count(), 0);
});

test('Ctrl+Z takes the last change back wherever one is, one press at a time', async (t) => {
  const window = await open(t, shared());
  const { page, home } = window;
  const before = home.read('.cursor/mcp.json');
  await move(window);
  await window.go('overview');
  await page.click('[aria-label="Close this message"]');
  await page.waitForSelector('.toast', { state: 'detached' });
  // Where one types, it is the field's own.
  await window.go('findings');
  await page.fill('[data-test=filter]', 'client:cursor');
  await page.keyboard.press('Control+z');
  await window.go('overview');
  assert.equal(home.read('.cursor/mcp.json').includes(TOKEN), false);
  await page.keyboard.down('Control');
  await page.keyboard.down('z');
  await page.keyboard.down('z');
  await page.keyboard.up('z');
  await page.keyboard.up('Control');
  await page.waitForFunction(() => document.querySelector('[role=status] .toast')?.textContent.includes('Undone: '));
  assert.deepEqual(home.read('.cursor/mcp.json'), before);
  assert.equal(await page.getAttribute('[data-test=nav-overview]', 'aria-current'), 'page', 'the view stays');
});

test('Ctrl+Z shows a change of another day, and leaves it', async (t) => {
  const first = await open(t, shared());
  await move(first);
  const moved = first.home.read('.cursor/mcp.json');
  // As if the window were opened on another day.
  await first.page.addInitScript(() => Object.defineProperty(performance, 'timeOrigin', { value: Date.now() + 86_400_000 }));
  await first.page.reload();
  await first.go('activity');
  await first.page.waitForSelector('[data-test=change-row]');
  await first.go('overview');
  await first.page.keyboard.press('Control+z');
  await first.page.waitForFunction(() => document.activeElement?.dataset.test === 'change-undo');
  assert.deepEqual(first.home.read('.cursor/mcp.json'), moved);
});

test('Ctrl+Z that is refused says why, beside the change', async (t) => {
  const window = await open(t, shared());
  const { page, home } = window;
  await move(window);
  await page.click('[aria-label="Close this message"]');
  const path = '.cursor/mcp.json';
  const theirs = home.read(path).toString('utf8').replace('server-github@2025.4.8', 'server-github@2025.4.9');
  home.write(path, theirs);
  await page.keyboard.press('Control+z');
  await page.waitForSelector('[data-test=change-blocked]');
  assert.match(await page.locator('[data-test=change-blocked]').textContent(), /Cannot be undone now: .*another program/);
  assert.equal(home.read(path).toString('utf8'), theirs);
  assert.equal(await page.evaluate(() => document.activeElement?.dataset.test), 'change-row');
});

test('a file that changed behind the preview is refused, and looked at again', async (t) => {
  const window = await open(t, shared());
  const { page, home } = window;
  await window.go('findings');
  await page.fill('[data-test=filter]', 'rule:secret-in-env client:cursor');
  await page.click('[data-test=fix-button][data-fix-kind=keychain]');
  await page.waitForSelector('[data-test=apply]:enabled');
  home.write('.cursor/mcp.json', `${CONFIG}\n`);
  await page.click('[data-test=apply]');
  await page.waitForFunction(() => document.activeElement?.matches('[data-test=sheet] [role=alert]'));
  await page.getByRole('dialog').getByRole('button', { name: 'Look again' }).click();
  await page.click('[data-test=apply]:enabled');
  await page.waitForSelector('[data-test=toast-undo]');
});

test('a risk is accepted, stands under its filter, and counts again', async (t) => {
  const window = await open(t, demo());
  const { page } = window;
  await finding(window, 'secret-in-env');
  const message = await page.locator('[data-test=finding-row][aria-selected=true] .title').textContent();
  await page.click('[data-test=accept-open]');
  await page.click('[data-test=accept-yes]');
  await page.waitForSelector('dialog[open]', { state: 'detached' });
  await page.waitForSelector('[data-test=toast-undo]');
  assert.match(await page.locator('[role=status] .toast').textContent(), /^Accepted: /);
  await page.click('[aria-label="Close this message"]');
  await page.keyboard.press('Control+z');
  await page.waitForFunction(() => document.querySelector('[role=status] .toast')?.textContent.includes('Counted in full again'));
  await finding(window, 'secret-in-env');
  await page.click('[data-test=accept-open]');
  await page.click('[data-test=accept-yes]');
  await page.waitForSelector('[data-test=toast-undo]');
  await page.fill('[data-test=filter]', '');
  await settle(page);
  const listed = () => page.locator('[data-test=finding-row] .title').allTextContents();
  assert.equal((await listed()).includes(message), false, 'it is out of the way');
  await page.click('[data-test=chip][data-term="is:accepted"]');
  assert.deepEqual(await listed(), [message]);
  await page.click('[data-test=withdraw]');
  await page.waitForFunction(() => !document.querySelector('[data-test=finding-row]'));
  assert.notEqual(await page.evaluate(() => document.activeElement?.tagName), 'BODY', 'the focus is lost');
  await page.fill('[data-test=filter]', '');
  await settle(page);
  assert.equal((await listed()).includes(message), true);
});

test('a finding is copied without its key, and its file opens at its line', async (t) => {
  const window = await open(t, demo());
  const { page, core } = window;
  await finding(window, 'secret-in-env');
  await page.click('[data-test=finding-copy]');
  await page.waitForFunction(() => document.querySelector('[data-test=finding-copy]')?.textContent.includes('Copied'));
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, /^\*\*\w+: .+\*\*\n/);
  assert.match(copied, /Rule: `secret-in-env`/);
  assert.match(copied, /•/);
  assert.doesNotMatch(copied, /dEm0tOkEn4WaRdErNoTaReAlKeY|m4d3Up9fRw2kZx8Tn5Yb1Qs7Vh3Jc6Lg/);
  await page.click('[data-test=edit]');
  await settle(page);
  assert.equal(core.outside.length, 1);
  assert.equal(core.outside[0].ask, 'edit');
  assert.equal(typeof core.outside[0].line, 'number');
});

test('a config that others changed shows by itself, and nothing jumps', async (t) => {
  const window = await open(t, demo());
  const { page, home } = window;
  await window.go('servers');
  const config = JSON.parse(home.read('.cursor/mcp.json').toString('utf8'));
  config.mcpServers.newcomer = { command: 'npx', args: ['-y', 'some-mcp'] };
  home.write('.cursor/mcp.json', config);
  await window.changed();
  await page.waitForSelector('[data-test=server-row][data-name=newcomer]');
});

test('an entry that changed since its approval is looked at and approved', async (t) => {
  const window = await open(t, shared());
  const { page, home } = window;
  await move(window);
  const path = '.cursor/mcp.json';
  home.write(path, home.read(path).toString('utf8').replace('server-github@2025.4.8', 'server-github@2025.4.9'));
  await window.changed();
  await window.go('servers');
  await page.click('[data-test=row-approve]');
  await page.waitForSelector('[data-test=approve] .marked');
  assert.match(await page.getAttribute('[data-test=put-back]', 'class'), /primary/, 'the way back comes first');
  assert.doesNotMatch(await page.getAttribute('[data-test=approve-yes]', 'class'), /primary/);
  await page.click('[data-test=approve-yes]:enabled');
  await page.waitForSelector('dialog[open]', { state: 'detached' });
  await page.waitForSelector('[data-test=row-approve]', { state: 'detached' });
});
