// Overview, Secrets, Activity, Settings, the palette and the reports, each through to its end.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { after, test } from 'node:test';
import { CONFIG, TOKEN, demo, empty, shared } from './homes.mjs';
import { move } from './tour.mjs';
import { end, Home, open, settle } from './window.mjs';

after(end);

const FILES = ['.cursor/mcp.json', '.config/Claude/claude_desktop_config.json', '.config/Code/User/mcp.json'];
const undone = (page) => page.waitForFunction(() => document.querySelector('[role=status] .toast')?.textContent.includes('Undone'));
const text = (page, selector) => page.locator(selector).first().textContent();

/** Adds a server to Cursor's file, as somebody else would. */
function add(home, name) {
  home.write(FILES[0], CONFIG.replace('\r\n\t}\r\n}', `,\r\n\t\t"${name}": { "command": "npx", "args": ["-y", "@modelcontextprotocol/server-memory@2025.4.8"] }\r\n\t}\r\n}`));
}

test('what the first fixes bring together is one sentence, and the core\'s', async (t) => {
  const { page, core } = await open(t, demo());
  const { answer } = await core.ask({ ask: 'scan' });
  const { machine, best } = answer.with;
  assert.equal(best.fixes.length, 3);
  assert.equal(await text(page, '[data-test=together]'), `These three fixes take this machine from ${machine.score} to ${best.score}`);
  assert.equal(await page.locator('.best [data-test=fix-button], .best [data-test=fix-steps]').count(), 3);
  // Each row in the same scale: where it takes the machine, after those before it.
  assert.equal(best.steps.at(-1), best.score);
  const from = [machine.score, ...best.steps];
  const gains = best.steps.flatMap((step, i) => (step > from[i] ? [`${from[i]} → ${step}`] : []));
  assert.deepEqual(await page.locator('[data-test=gain]').allTextContents(), gains);
});

test('every deduction of the score is a door', async (t) => {
  const { page, go } = await open(t, demo());
  await page.click('[data-test=why-score] summary');
  const doors = await page.locator('[data-test=deduction]').count();
  assert.ok(doors > 5, `${doors} doors`);
  for (let i = 0; i < doors; i += 1) {
    await go('overview');
    await page.locator('[data-test=deduction]').nth(i).click();
    await page.waitForSelector('[data-test=nav-findings][aria-current], [data-test=nav-servers][aria-current]');
  }
});

test('all safe fixes together, and all of them back with one Undo', async (t) => {
  const { page, home } = await open(t, shared());
  const before = FILES.map((path) => home.read(path));
  await page.click('[data-test=safe-all]');
  await page.waitForSelector('[data-test=safe-apply]:enabled');
  assert.equal(await page.evaluate(() => document.activeElement.dataset.test), 'safe-apply', 'Enter says yes');
  const rows = await page.locator('[data-test=safe-row], [data-test=safe-also]').count();
  assert.deepEqual(FILES.map((path) => home.read(path)), before, 'a preview changes nothing');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-test=toast-undo]');
  assert.match(await text(page, '.toast'), new RegExp(`Mended ${rows} findings`));
  for (const path of FILES) assert.equal(home.read(path).includes(TOKEN), false, `${path} holds the key`);
  await page.click('[data-test=toast-undo]');
  await undone(page);
  assert.deepEqual(FILES.map((path) => home.read(path)), before, 'the bytes are those of before');
  // Also when the message is gone: what was done together is taken back together.
  await page.click('[data-test=safe-all]');
  await page.click('[data-test=safe-apply]:enabled');
  await page.click('[aria-label="Close this message"]');
  await page.keyboard.press('Control+z');
  await undone(page);
  assert.deepEqual(FILES.map((path) => home.read(path)), before, 'one press takes all of them back');
});

test('a safe fix that would do something else now is left alone, and says why beside it', async (t) => {
  const { page, home } = await open(t, shared());
  await page.click('[data-test=safe-all]');
  await page.waitForSelector('[data-test=safe-apply]:enabled');
  home.write(FILES[0], CONFIG.replace('server-github@2025.4.8', 'server-github@2025.4.9'));
  const now = home.read(FILES[0]);
  await page.click('[data-test=safe-apply]');
  await page.waitForSelector('[data-test=safe-row][data-state=failed] [role=alert]');
  await page.waitForSelector('[data-test=safe-close]:enabled');
  assert.deepEqual(home.read(FILES[0]), now, 'the file was changed all the same');
  assert.ok((await page.locator('[data-test=safe-row][data-state=done]').count()) > 0, 'the others are done');
  await page.click('[data-test=safe-close]');
  await page.waitForSelector('[data-test=toast-undo]');
});

test('what others change is told on Overview and in Activity, and is seen when one leaves', async (t) => {
  const window = await open(t, shared());
  const { page, home } = window;
  add(home, 'notebook');
  await window.changed();
  await page.waitForSelector('[data-test=new-since]');
  assert.match(await text(page, '[data-test=new-since]'), /“notebook” was added to /);
  assert.equal(await text(page, '[data-test=new-since] .foreign strong'), 'notebook', 'the name alone stands out');
  assert.doesNotMatch(await text(page, '[role=region][aria-label=Overview]'), /Last change/, 'said once');
  assert.match(await page.locator('[data-test=nav-activity]').getAttribute('aria-label'), /unseen/);
  await window.go('activity');
  assert.equal(await page.locator('[data-test=news-row][data-kind=serverAdded][data-seen=false]').count(), 1);
  await window.go('overview');
  await page.waitForSelector('[data-test=new-since]', { state: 'detached' });
  assert.match(await text(page, '[role=region][aria-label=Overview]'), /Last change: .*notebook/);
  await window.go('activity');
  assert.equal(await page.locator('[data-test=news-row][data-kind=serverAdded][data-seen=true]').count(), 1);
  await page.click('label:has([data-test=whose-warder])');
  assert.equal(await page.locator('[data-test=news-row]').count(), 0);
});

test('only the changes that came into sight are seen', async (t) => {
  const window = await open(t, shared(), { height: 600 });
  const { page, home } = window;
  const entries = Array.from({ length: 18 }, (_, i) => `"more-${i}": { "command": "npx", "args": ["-y", "@modelcontextprotocol/server-memory@2025.4.8"] }`);
  home.write(FILES[0], CONFIG.replace('\r\n\t}\r\n}', `,${entries.join(',')}\r\n\t}\r\n}`));
  await window.changed();
  await page.waitForSelector('[data-test=new-since]');
  await window.go('activity');
  const unseen = page.locator('[data-test=news-row][data-seen=false]');
  const before = await unseen.count();
  assert.equal(await unseen.first().isVisible(), true, 'it is marked while it is read');
  await window.go('overview');
  await page.waitForFunction((all) => !document.querySelector('[data-test=nav-activity]').getAttribute('aria-label').includes(`${all} unseen`), before);
  await window.go('activity');
  const after = await unseen.count();
  assert.ok(after > 0 && after < before, `${before}, then ${after}`);
});

test('a file that broke names what it held, and no number is as if that were fine', async (t) => {
  const window = await open(t, shared());
  const { page, home } = window;
  add(home, 'notebook');
  await window.changed();
  await page.waitForSelector('[data-test=new-since]');
  await page.click('[data-test=seen-news]');
  home.write(FILES[0], `${home.read(FILES[0])} {`);
  await window.changed();
  await page.waitForSelector('[data-test=not-judged]');
  assert.equal(await text(page, '[data-test=not-judged]'), 'github and notebook are not judged');
  assert.equal(await text(page, '[data-test=unread]'), '1 file unread');
  assert.match(await text(page, 'section.score'), /The score leaves out 1 file that cannot be read.*low confidence/s);
  assert.equal(await page.locator('[data-test=new-since]').count(), 0, 'the broken file is said once');
  await window.go('findings');
  assert.match(await text(page, '[data-test=without]'), /1 file cannot be read: what it holds is not among these/);
  await window.go('activity');
  assert.match(await text(page, '[data-test=news-row][data-kind=fileBroken]'), /“github” and “notebook” are not judged until it can\./);
  await window.go('servers');
  assert.match(await text(page, '[data-test=file-row]'), /Cursor: github and notebook are not judged/);
  await page.keyboard.press('Control+k');
  await page.fill('[data-test=palette-text]', 'broken');
  await page.waitForSelector('#palette-file-0[aria-selected=true]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-test=lost]');
  assert.match(await text(page, '[data-test=lost]'), /Not judged until it can be read: github, notebook\./);
});

test('the number on the button is that of the rows and of the sentence', async (t) => {
  const window = await open(t, demo());
  const { page } = window;
  const words = await text(page, '[data-test=safe-all]');
  const number = Number(words.match(/Fix (\d+) safe ones/)?.[1]);
  assert.ok(number > 1, words);
  await page.click('[data-test=safe-all]');
  await page.waitForSelector('[data-test=safe-apply]:enabled');
  const rows = await page.locator('[data-test=safe-row], [data-test=safe-also], [data-test=safe-left]').count();
  assert.equal(rows, number);
  const title = await text(page, '#safe-title');
  assert.ok((await text(page, '.safe')).includes(title), `${title}: the same words`);
  await page.click('[data-test=safe-apply]');
  await page.waitForSelector('[data-test=toast-undo]');
  assert.match(await text(page, '.toast'), new RegExp(`Mended ${number} findings`));
});

test('a long sentence has two lines in the list of findings, and both stay in their row', async (t) => {
  const { page } = await open(t, shared(), { view: 'findings' });
  await page.waitForSelector('[data-test=finding-row]');
  const rows = await page.locator('[data-test=finding-row]').evaluateAll((all) => all.map((row) => ({
    title: row.querySelector('.title').clientHeight, text: row.querySelector('.text').clientHeight, row: row.clientHeight,
  })));
  assert.ok(rows.some(({ title }) => title === 36), JSON.stringify(rows));
  for (const row of rows) assert.ok(row.title <= 36 && row.text <= row.row, JSON.stringify(row));
});

test('the palette finds servers by what they are like', async (t) => {
  const window = await open(t, demo());
  const { page } = window;
  await window.go('servers');
  await page.click('[data-name=memory] [data-test=row-sandbox]');
  await page.click('[data-test=apply]:enabled');
  await page.waitForSelector('[data-test=toast-undo]');
  await page.keyboard.press('Control+k');
  await page.fill('[data-test=palette-text]', 'sandboxed');
  const found = () => page.locator('[id^=palette-server-] .words').allTextContents();
  assert.deepEqual(await found(), ['memory']);
  await page.fill('[data-test=palette-text]', 'sandbox');
  assert.deepEqual(await found(), ['memory']);
  await page.fill('[data-test=palette-text]', 'remote');
  assert.ok((await found()).includes('linear'));
});

test('no word of a state is cut or broken in the matrix', async (t) => {
  for (const width of [1200, 900, 640, 400]) {
    const window = await open(null, shared(), { width });
    const { page, home } = window;
    await move(window);
    home.write(FILES[0], home.read(FILES[0]).toString('utf8').replace('server-github@2025.4.8', 'server-github@2025.4.9'));
    await window.changed();
    await window.go('servers');
    const state = await page.locator('.score .state').evaluate((one) => {
      const cell = one.closest('.score').getBoundingClientRect();
      const box = one.getBoundingClientRect();
      const name = one.closest('.cells').querySelector('.name bdi').getBoundingClientRect();
      const verb = one.closest('.cells').querySelector('.act .button').getBoundingClientRect();
      return { lines: box.height / 20, out: one.scrollWidth - box.width, apart: Math.min(verb.left - box.right, box.left - name.right), cell: cell.width };
    });
    assert.ok(state.lines < 1.5 && state.out <= 1 && state.apart >= 0, `${width}: ${JSON.stringify(state)}`);
    // What is wider than its cell would be broken inside a word.
    const broken = await page.locator('.cells .words').evaluateAll((all) => all.flatMap((one) => {
      one.style.overflowWrap = 'normal';
      const cut = one.scrollWidth > one.clientWidth ? [one.textContent] : [];
      one.style.overflowWrap = '';
      return cut;
    }));
    assert.deepEqual(broken, [], `${width}`);
    await window.go('secrets');
    await page.waitForSelector('[data-test=reminder-done]');
    const beyond = await page.locator('.reminder').first().evaluate((one) => {
      const edge = one.getBoundingClientRect().right;
      return [...one.querySelectorAll('button')].filter((button) => button.getBoundingClientRect().right > edge).map((button) => button.textContent);
    });
    assert.deepEqual(beyond, [], `${width}`);
    await window.close();
  }
});

test('the palette finds fixes by their own words and by others', async (t) => {
  const window = await open(t, demo());
  const { page } = window;
  for (const [typed, kind] of [['sandbox', 'sandbox'], ['fence', 'sandbox'], ['keychain', 'keychain'], ['password token', 'keychain'], ['narrow', 'narrow'], ['folders', 'narrow'], ['https', 'encrypt']]) {
    await page.keyboard.press('Control+k');
    await page.fill('[data-test=palette-text]', typed);
    await page.waitForSelector(`#palette-fix-${kind}`, { timeout: 5000 }).catch(() => assert.fail(`${typed} finds no ${kind}`));
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog[open]', { state: 'detached' });
  }
  // What is done by hand is found at its rule.
  await page.keyboard.press('Control+k');
  await page.fill('[data-test=palette-text]', 'pin');
  await page.waitForSelector('#palette-rule-unpinned-package');
  await page.fill('[data-test=palette-text]', 'put in a sandbox');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-test=nav-findings][aria-current]');
  assert.equal(await page.inputValue('[data-test=filter]'), 'fix:sandbox');
  await page.locator('[data-test=finding-row]').first().click();
  await page.waitForSelector('[data-test=fix-button][data-fix-kind=sandbox]');
});

test('a server without a name is something to see wherever it stands', async (t) => {
  const home = new Home(null, { '.cursor/mcp.json': { mcpServers: { '': { command: 'npx', args: ['-y', '@modelcontextprotocol/server-github@2025.4.8'], env: { GITHUB_TOKEN: TOKEN } } } } });
  const window = await open(t, home);
  const { page } = window;
  for (const view of ['overview', 'findings', 'servers', 'secrets']) {
    await window.go(view);
    await page.waitForSelector('main mark:visible');
    assert.equal(await text(page, 'main mark:visible'), '⟨no name⟩', view);
  }
  await window.go('overview');
  await page.click('[data-test=why-score] summary');
  assert.match(await text(page, '.why h3'), /⟨no name⟩/);
});

test('in a narrow window the verbs of Overview stand in one line', async (t) => {
  const { page } = await open(t, demo(), { width: 640, height: 720 });
  const boxes = await page.locator('[data-test=look-again], [data-test=export-open]').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().toJSON()));
  assert.equal(boxes.length, 2);
  assert.equal(boxes[0].top, boxes[1].top);
  const title = await page.locator('main h1').first().evaluate((one) => one.getBoundingClientRect().toJSON());
  assert.ok(boxes[0].top < title.bottom && boxes[0].left >= title.right - 1, 'beside the headline');
});

test('a credential is followed from plain text to the keychain, and forgotten when nothing uses it', async (t) => {
  const window = await open(t, shared());
  const { page, home } = window;
  await window.go('secrets');
  await page.waitForSelector('[data-test=credential-row][data-place=plain]');
  assert.equal((await page.content()).includes(TOKEN), false, 'the page holds the key');
  await move(window);
  await window.go('secrets');
  const row = '[data-test=credential-row][data-place=keychain]';
  await page.waitForSelector(row);
  assert.match(await text(page, row), /GITHUB_TOKEN.*In the keychain/s);
  // Its entry and its profile are gone.
  home.write(FILES[0], { mcpServers: {} });
  rmSync(home.path('.warder/profiles'), { recursive: true });
  await window.changed();
  await page.click('[data-test=credential-row][data-place=unused] [data-test=forget-open]');
  assert.equal(await text(page, '[data-test=forget-yes]'), 'Forget GITHUB_TOKEN');
  await page.click('[data-test=forget-yes]');
  await page.waitForSelector('[data-test=credential-row][data-place=unused]', { state: 'detached' });
  assert.notEqual(await page.evaluate(() => document.activeElement?.tagName), 'BODY', 'the focus is lost');
});

test('settings count at once, are kept, and are taken back where the core refuses them', async (t) => {
  const window = await open(t, demo(), { view: 'settings' });
  const { page, home } = window;
  await page.click('label:has([data-test=theme-dark])');
  await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
  await page.click('[data-test=setting-letters]');
  const kept = () => JSON.parse(home.read('.warder/settings.json').toString('utf8'));
  await page.waitForFunction(() => !document.querySelector('[data-test=setting-letters]').checked);
  await window.go('findings');
  await page.keyboard.press('?');
  await settle(page);
  assert.equal(await page.locator('dialog[open]').count(), 0, 'a letter acted');
  await window.go('settings');
  await page.fill('[data-test=setting-projects]', home.path('nowhere'));
  await page.keyboard.press('Enter');
  await page.waitForSelector('.paths [role=alert]');
  assert.equal(await page.locator('[data-test=projects-path]').count(), 0, 'the folder that is not there stands in the list');
  await page.fill('[data-test=setting-projects]', home.path('code/website'));
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-test=projects-path]');
  // It stands there before it is kept; the next answer comes after.
  await page.fill('[data-test=setting-files]', home.path('nowhere.json'));
  await page.keyboard.press('Enter');
  await page.waitForSelector('.paths:has([data-test=setting-files]) [role=alert]');
  const settings = kept();
  assert.deepEqual([settings.theme, settings.letters, settings.projects], ['dark', false, [home.path('code/website')]]);
});

test('a folder that is no longer read comes back by Undo, beside what came since', async (t) => {
  const window = await open(t, demo(), { view: 'settings' });
  const { page, home } = window;
  const add = async (path) => {
    await page.fill('[data-test=setting-projects]', home.path(path));
    await page.keyboard.press('Enter');
    await page.waitForSelector(`[data-test=projects-path]:has-text("${path}")`);
  };
  await add('code/website');
  await page.click('[data-test=projects-path] button');
  await page.waitForSelector('[data-test=toast-undo]');
  await add('code');
  await page.locator('h1').first().click();
  await page.keyboard.press('Control+z');
  await page.waitForFunction(() => document.querySelectorAll('[data-test=projects-path]').length === 2);
  await page.waitForSelector('[data-test=toast-undo]', { state: 'detached' });
  const kept = () => JSON.parse(home.read('.warder/settings.json').toString('utf8')).projects;
  for (let tries = 0; kept().length < 2 && tries < 100; tries += 1) await page.evaluate(() => new Promise(requestAnimationFrame));
  assert.deepEqual(kept(), ['code', 'code/website'].map((path) => home.path(path)));
});

test('a setting that is changed while they are still read stays changed', async (t) => {
  const window = await open(t, demo());
  const { page, home } = window;
  await page.evaluate(() => {
    const door = globalThis.__TAURI_INTERNALS__;
    const { invoke } = door;
    globalThis.held = [];
    door.invoke = async (command, args) => {
      if (args?.request?.ask === 'settings') await new Promise((go) => globalThis.held.push(go));
      return invoke(command, args);
    };
  });
  await window.go('settings');
  await page.click('[data-test=setting-quick]');
  await page.evaluate(() => globalThis.held.forEach((go) => go()));
  await page.click('[data-test=setting-tray]');
  await page.waitForFunction(() => document.querySelector('[data-test=setting-tray]').checked);
  await window.go('overview');
  await window.go('settings');
  await page.evaluate(() => globalThis.held.forEach((go) => go()));
  assert.equal(await page.isChecked('[data-test=setting-quick]'), true);
  await page.waitForFunction(() => document.querySelector('[data-test=setting-theme]').closest('fieldset').disabled === false);
  const kept = async () => JSON.parse(home.read('.warder/settings.json').toString('utf8'));
  await page.click('[data-test=setting-notify]');
  await page.waitForFunction(() => !document.querySelector('[data-test=setting-notify]').checked);
  await page.fill('[data-test=setting-projects]', home.path('nowhere'));
  await page.keyboard.press('Enter');
  // The refusal comes after all that was asked before it.
  await page.waitForSelector('.paths [role=alert]');
  const { quick, tray, notify } = await kept();
  assert.deepEqual({ quick, tray, notify }, { quick: true, tray: true, notify: false });
});

test('a safe fix is applied without its sheet, if the user wants that', async (t) => {
  const window = await open(t, shared(), { view: 'settings' });
  const { page, home } = window;
  await page.click('[data-test=setting-quick]');
  await window.go('overview');
  await page.locator('[data-test=fix-button][data-fix-kind=keychain]').first().click();
  await page.waitForSelector('[data-test=toast-undo]');
  assert.equal(await page.locator('[data-test=sheet]').count(), 0);
  assert.ok(FILES.some((path) => !home.read(path).includes(TOKEN)));
  await page.click('[data-test=toast-undo]');
  await undone(page);
  assert.ok(FILES.every((path) => home.read(path).includes(TOKEN)));
});

test('the recovery key is shown by the shell and never comes to the page', async (t) => {
  const window = await open(t, shared());
  const { page } = window;
  await move(window);
  await window.go('settings');
  await page.click('[data-test=setting-recovery]:enabled');
  await page.waitForFunction(() => window.__commands.includes('recovery'));
});

test('the palette leads to views, servers and rules, and does what the keys do', async (t) => {
  const { page } = await open(t, demo());
  const find = async (words) => {
    await page.keyboard.press('Control+k');
    await page.fill('[data-test=palette-text]', words);
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-test=palette]', { state: 'detached' });
    await settle(page);
  };
  await find('secr');
  await page.waitForSelector('[data-test=nav-secrets][aria-current=page]');
  await find('memory');
  await page.waitForSelector('[data-test=nav-servers][aria-current=page]');
  await find('secret in plain');
  assert.equal(await page.inputValue('[data-test=filter]'), 'rule:secret-in-env');
  await find('filter');
  assert.equal(await page.evaluate(() => document.activeElement.dataset.test), 'filter');
  await find('save report');
  await page.waitForSelector('[data-test=export]');
  await page.keyboard.press('Escape');
  await find('all keys');
  await page.waitForSelector('dialog[open] dl');
});

test('a report is saved in every shape, for its owner alone, without a key', async (t) => {
  const { page, home, core } = await open(t, shared());
  await page.click('[data-test=export-open]');
  for (const [shape, ending, begins] of [['html', 'html', '<!doctype html>'], ['markdown', 'md', '#'], ['sarif', 'sarif', '{'], ['json', 'json', '{']]) {
    await page.check(`[data-test=export-${shape}]`);
    await page.fill('[data-test=export-path]', home.path(`report.${ending}`));
    await page.click('[data-test=export-save]');
    await page.waitForSelector('[data-test=export-saved]');
    const written = home.read(`report.${ending}`).toString('utf8');
    assert.ok(written.toLowerCase().startsWith(begins), written.slice(0, 80));
    assert.equal(written.includes(TOKEN), false, `the ${shape} report holds the key`);
    assert.equal(statSync(home.path(`report.${ending}`)).mode & 0o077, 0, 'others can read it');
  }
  await page.click('[data-test=export-open-file]');
  await settle(page);
  assert.deepEqual(core.outside.map(({ ask }) => ask), ['openReport']);
  await page.fill('[data-test=export-path]', home.path('no/such/folder/report.html'));
  await page.click('[data-test=export-save]');
  await page.waitForSelector('[data-test=export] [role=alert]');
  assert.equal(existsSync(home.path('no')), false);
});

test('where a report goes is said before it is saved', async (t) => {
  const { page, home } = await open(t, shared(), { now: new Date('2026-11-30T12:00:00Z') });
  const place = () => page.getAttribute('[data-test=export-path]', 'placeholder');
  await page.click('[data-test=export-open]');
  await page.waitForSelector('[data-test=export-path][placeholder^="~/warder-"]');
  assert.match(await text(page, '[data-test=export] .says'), /on 1 server in 3 entries; the report lists each entry/);
  const first = await place();
  await page.click('[data-test=export-save]');
  await page.waitForSelector('[data-test=export-saved]');
  assert.ok((await text(page, '[data-test=export-saved]')).includes(first));
  assert.ok(existsSync(home.path(first.slice(2))));
  // The next one has the next name.
  await page.waitForFunction((first) => document.querySelector('[data-test=export-path]').placeholder !== first, first);
  assert.equal(await place(), first.replace('.html', '-2.html'));
  await page.keyboard.press('Escape');
  mkdirSync(home.path('Downloads'));
  await page.click('[data-test=export-open]');
  await page.waitForSelector('[data-test=export-path][placeholder^="~/Downloads/warder-"]');
});

test('without servers it says so, and where it looked', async (t) => {
  const { page, go } = await open(t, empty());
  assert.equal(await text(page, 'main h1'), 'No MCP servers found');
  await go('secrets');
  assert.equal(await text(page, 'main h1'), 'No keys found');
});
