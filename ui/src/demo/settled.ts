// What the made-up user settled.

import type { Failure, Settings, SettingsPage } from '../generated/api';

let settings: Settings = {
  theme: 'system', letters: true, quick: false, watch: true, tray: false, notify: true, login: false,
  projects: ['/home/ana/code/app'], files: [{ path: '/home/ana/work/team-mcp.json', client: 'cursor' }], editor: null,
};

export function page(changes: number): SettingsPage {
  return {
    settings: structuredClone(settings),
    editors: [{ id: 'vscode', name: 'Visual Studio Code' }, { id: 'zed', name: 'Zed' }, { id: 'system', name: 'The system\'s own' }],
    clients: [{ id: 'claude-code', name: 'Claude Code' }, { id: 'claude-desktop', name: 'Claude Desktop' }, { id: 'cursor', name: 'Cursor' }, { id: 'vscode', name: 'VS Code' }],
    suggested: [
      { path: '/home/ana/code/site', shown: '~/code/site', why: 'git repository, changed yesterday' },
      { path: '/home/ana/code/notes-sync', shown: '~/code/notes-sync', why: 'git repository, changed 3 weeks ago' },
    ],
    damaged: null, state: '/home/ana/.warder', changes, recoverable: true, version: '0.7.0',
  };
}

export function settle(to: Settings, changes: number): SettingsPage {
  const gone = [...to.projects, ...to.files.map((file) => file.path)].find((path) => path.includes('nowhere'));
  if (gone !== undefined) throw { code: 'refused', message: `there is no ${gone}`, hint: 'Check the path; Warder reads it only once it is there.' } satisfies Failure;
  settings = structuredClone(to);
  return page(changes);
}
