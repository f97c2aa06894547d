// One server in several clients: what was done about one of its entries, and what was not.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { TOKEN } from './homes.mjs';
import { clean } from './axe.mjs';
import { end, Home, open } from './window.mjs';

after(end);

const entry = { command: 'npx', args: ['-y', '@modelcontextprotocol/server-github@2025.4.8'], env: { GITHUB_TOKEN: TOKEN } };
const twice = () => new Home(null, { '.cursor/mcp.json': { mcpServers: { github: entry } }, '.claude.json': { mcpServers: { github: entry } } });
const text = (page, selector) => page.locator(selector).first().innerText();

test('of a server in two clients, it is said which one is in a sandbox', async (t) => {
  const window = await open(t, twice(), { view: 'servers' });
  const { page } = window;
  assert.equal(await page.locator('[data-test=server-row]').count(), 1);
  assert.equal(await page.locator('[data-test=partly]').count(), 0);
  await page.click('[data-name=github] [data-test=row-sandbox]');
  await page.waitForSelector('[data-test=apply]:enabled');
  const said = await text(page, '[data-test=sheet-entry]');
  const [, client, path] = said.match(/^github in (Cursor|Claude Code) · (\S+) Its other entry stays as it is\.$/) ?? assert.fail(said);
  assert.equal(path, { Cursor: '~/.cursor/mcp.json', 'Claude Code': '~/.claude.json' }[client]);
  const other = client === 'Cursor' ? 'Claude Code' : 'Cursor';
  await page.click('[data-test=apply]:enabled');
  await page.waitForSelector('[data-test=toast-undo]');
  const partly = await page.locator('[data-test=partly]').textContent();
  assert.ok(partly.includes(`${client}'s is in a sandbox, ${other}'s is not`), partly);
  assert.equal(await page.getAttribute('[data-test=row-sandbox]', 'aria-label'), `Put github in ${other} in a sandbox…`);
  await clean(page, 'a server that is partly in a sandbox');
  await page.click('[data-name=github] .name');
  const places = await page.locator('.places li').allInnerTexts();
  assert.equal(places.length, 2);
  for (const place of places) {
    assert.equal(/(?<!not )in a sandbox/.test(place), place.startsWith(client), place);
    assert.equal(/not in a sandbox/.test(place), place.startsWith(other), place);
  }
  assert.match(await text(page, '[data-test=server-row] .sub'), /'s is in a sandbox, .*'s is not/);
  // The other entry says of itself what is so, once.
  await page.locator('[data-test=place]', { hasText: client }).click();
  await page.waitForFunction((client) => document.querySelector('.places li[aria-current]')?.textContent.trim().startsWith(client), client);
  assert.equal(await page.locator('[data-pane] article > header').innerText().then((words) => words.match(/(?<!not )in a sandbox/g)?.length), 1);
});

test('a key in two places has a verb for each, and says which one is left', async (t) => {
  const window = await open(t, twice(), { view: 'secrets' });
  const { page, home } = window;
  const plain = '[data-test=credential-row][data-place=plain]';
  await page.waitForSelector(plain);
  assert.match(await text(page, plain), /In plain text in 2 places/);
  const verbs = page.locator(`${plain} [data-test=fix-button]`);
  assert.deepEqual((await verbs.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')))).sort(), [
    'Move to keychain: GITHUB_TOKEN of github in Claude Code', 'Move to keychain: GITHUB_TOKEN of github in Cursor',
  ]);
  await clean(page, 'a key in two places');
  await page.locator('[aria-label$="in Cursor"][data-test=fix-button]').click();
  await page.waitForSelector('[data-test=apply]:enabled');
  assert.match(await text(page, '[data-test=sheet-entry]'), /^github in Cursor · ~\/\.cursor\/mcp\.json$/);
  await page.click('[data-test=apply]:enabled');
  await page.waitForSelector('[data-test=still-plain]');
  assert.equal(home.read('.cursor/mcp.json').includes(TOKEN), false);
  assert.ok(home.read('.claude.json').includes(TOKEN));
  assert.match(await text(page, '[data-test=still-plain]'), /A key of this name still stands in plain text: github in Claude Code, ~\/\.claude\.json:\d+\./);
  await clean(page, 'a key that is partly moved');
  await page.locator(`${plain} [data-test=fix-button]`).click();
  await page.click('[data-test=apply]:enabled');
  await page.waitForSelector(plain, { state: 'detached' });
  assert.equal(await page.locator('[data-test=still-plain]').count(), 0);
  assert.equal(home.read('.claude.json').includes(TOKEN), false);
});
