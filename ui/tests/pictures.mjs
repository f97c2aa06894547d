// The pictures of the documentation: each view of the made-up home, light and
// dark. The same bytes each time: one folder, one clock, no motion, and the
// programs its servers start are there, whatever this computer has.
//
//   node tests/pictures.mjs ../docs

import { chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { finding } from './tour.mjs';
import { end, Home, open, settle } from './window.mjs';

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('say where the pictures go: node tests/pictures.mjs ../docs');

/** Noon of 24 November 2026, UTC. */
const NOW = Date.UTC(2026, 10, 24, 12);

/** What the core tells, as if it were then, and as if chance were always the same. */
function settled(answer) {
  const same = (key, value) => {
    if (Array.isArray(value)) return value.map((one) => same(key, one));
    if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, same(key, of)]));
    if (/^(at|since|last)$/.test(key) && /^\d{4}-.*T/.test(String(value))) return '2026-11-24T11:40:00Z';
    // Ids of profiles and keys, in a difference.
    return key === 'text' ? value.replace(/-[a-z2-7]{26}\b/g, '-7k2mq4vx5t3n') : value;
  };
  return same('', answer);
}

async function session(theme, take) {
  const home = new Home('demo', {}, join(tmpdir(), 'warder-ana'));
  try {
    for (const program of ['npx', 'uvx', 'docker', 'bash', 'node', 'git']) {
      home.write(`.local/bin/${program}`, '#!/bin/sh\n');
      chmodSync(home.path(`.local/bin/${program}`), 0o755);
    }
    const env = { PATH: home.path('.local/bin'), SOURCE_DATE_EPOCH: String(NOW / 1000), TZ: 'UTC' };
    const window = await open(null, home, { theme, scale: 1.5, env, now: NOW, answers: settled });
    await take(window, async (name) => {
      await window.page.evaluate(() => document.activeElement?.blur());
      await window.page.mouse.move(0, 0);
      await settle(window.page);
      await window.page.evaluate(() => document.fonts.ready);
      await window.page.screenshot({ path: resolve(folder, `${name}-${theme}.png`), animations: 'disabled', caret: 'hide' });
    });
    await window.close();
  } finally {
    home.remove();
  }
}

for (const theme of ['light', 'dark']) {
  await session(theme, async (window, picture) => {
    const { page, home } = window;
    // What the column counts comes after the report.
    await page.waitForSelector('[data-test=nav-secrets] .count');
    await picture('overview');
    await finding(window, 'secret-in-env', 'server:github');
    await page.fill('[data-test=filter]', '');
    await page.waitForSelector('[data-test=rule-open]');
    await picture('findings');
    await window.go('servers');
    await picture('servers');
    await window.go('secrets');
    await page.waitForSelector('[data-test=credential-row]');
    await picture('secrets');
    await window.go('settings');
    await page.waitForSelector('[data-test=setting-theme]');
    await picture('settings');
    await finding(window, 'secret-in-env', 'server:github');
    await page.click('[data-test=fix-button][data-fix-kind=keychain]');
    await page.waitForSelector('[data-test=apply]:enabled');
    await picture('fix');
    await page.click('[data-test=apply]');
    await page.waitForSelector('[data-test=toast-undo]');
    // Somebody else, after us.
    const config = JSON.parse(home.read('.cursor/mcp.json').toString('utf8'));
    config.mcpServers.notion = { command: 'npx', args: ['-y', '@notionhq/notion-mcp-server@1.9.0'] };
    home.write('.cursor/mcp.json', config);
    await window.changed();
    await window.go('activity');
    await page.waitForFunction(() => document.querySelector('main')?.textContent.includes('notion'));
    await page.click('[aria-label="Close this message"]').catch(() => {});
    await picture('activity');
  });
}
await end();
