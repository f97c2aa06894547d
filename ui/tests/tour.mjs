// Where everything is: the views, and how each sheet is reached.

import { demo, shared } from './homes.mjs';
import { settle } from './window.mjs';

export const VIEWS = ['overview', 'findings', 'servers', 'secrets', 'activity', 'settings'];

/** Shows a finding of a rule in its list. */
export async function finding(window, rule, more = '') {
  await window.go('findings');
  await window.page.fill('[data-test=filter]', `rule:${rule} ${more}`);
  await window.page.click(`[data-test=finding-row][data-rule=${rule}]`);
  await window.page.waitForSelector('[data-test=rule-open]');
}

/** Moves the key of Cursor's entry; ends with the toast. */
export async function move(window) {
  await finding(window, 'secret-in-env', 'client:cursor');
  await window.page.click('[data-test=fix-button][data-fix-kind=keychain]');
  await window.page.click('[data-test=apply]:enabled');
  await window.page.waitForSelector('[data-test=toast-undo]');
}

/** Each sheet: how it opens, on which home. */
export const SHEETS = {
  fix: {
    show: async (window) => {
      await finding(window, 'secret-in-env');
      await window.page.click('[data-test=fix-button][data-fix-kind=keychain]');
      await window.page.waitForSelector('[data-test=apply]:enabled');
    },
  },
  folders: {
    show: async (window) => {
      await finding(window, 'broad-filesystem-root');
      await window.page.click('[data-test=fix-button][data-fix-kind=narrow]');
      await window.page.waitForSelector('[data-test=sheet] fieldset');
    },
  },
  sandbox: {
    show: async (window) => {
      await window.go('servers');
      await window.page.click('[data-name=memory] [data-test=row-sandbox]');
      await window.page.waitForSelector('[data-test=permissions-diff], [data-test=sheet] .missing');
    },
  },
  rule: {
    show: async (window) => {
      await finding(window, 'secret-in-env');
      await window.page.click('[data-test=rule-open]');
      await window.page.waitForSelector('[data-test=rule] h2');
    },
  },
  accept: {
    show: async (window) => {
      await finding(window, 'secret-in-env');
      await window.page.click('[data-test=accept-open]');
    },
  },
  approve: {
    home: shared,
    show: async (window) => {
      await move(window);
      const path = '.cursor/mcp.json';
      window.home.write(path, window.home.read(path).toString('utf8').replace('server-github@2025.4.8', 'server-github@2025.4.9'));
      await window.changed();
      await window.go('servers');
      await window.page.click('[data-test=row-approve]');
      await window.page.waitForSelector('[data-test=approve] table');
    },
  },
  copies: {
    show: async (window) => {
      await move(window);
      await window.page.click('[data-test=toast-copies]');
      await window.page.waitForFunction(() => !document.querySelector('[data-test=copies] [role=status]')?.textContent.includes('Looking'));
    },
  },
  rotate: {
    show: async (window) => {
      await move(window);
      await window.go('secrets');
      await window.page.click('[data-test=rotate-open]');
      await window.page.waitForSelector('[data-test=reminder-row]');
    },
  },
  paste: {
    show: async (window) => {
      await move(window);
      await window.go('secrets');
      await window.page.evaluate(() => {
        const uses = [{ server: null, name: 'github', client_name: 'Cursor', shown: '~/.cursor/mcp.json', used_as: 'GITHUB_TOKEN' }];
        window.__shell.paste = ({ key }) => ({ offer: '1', item: key, key: 'GITHUB_TOKEN', kind: 'a GitHub token', provider: 'GitHub', expected: 'GitHub', length: 40, same: false, fits: true, uses });
      });
      await window.page.click('[data-test=reminder-paste]');
      await window.page.waitForSelector('[data-test=paste-what]');
    },
  },
  palette: {
    show: async (window) => {
      await window.page.keyboard.press('Control+k');
      await window.page.waitForSelector('[data-test=palette-text]');
    },
  },
  safe: {
    show: async (window) => {
      await window.page.click('[data-test=safe-all]');
      await window.page.waitForSelector('[data-test=safe-apply]:enabled');
    },
  },
  export: {
    show: async (window) => {
      await window.page.click('[data-test=export-open]');
      await window.page.waitForSelector('[data-test=export-save]');
    },
  },
  help: {
    show: async (window) => {
      await window.go('overview');
      await window.page.keyboard.press('?');
    },
  },
  places: {
    show: async (window) => {
      await window.page.click('aside .watching');
      await settle(window.page);
    },
  },
};
