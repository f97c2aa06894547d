// Copies of keys and keys to replace, made up, for the stand-in of the core.

import type { Change, DiffLine, KeyCopy, NewKey, Preview, Reminder, Residue } from '../generated/api';

const ADVICE: Record<string, string> = {
  backup: 'Let Warder take the key out, or delete the file if you do not need it.',
  localHistory: 'Let Warder take the key out, or delete this version in the editor\'s timeline of the file.',
  envFile: 'Let Warder take the line out if no other program needs it; what reads this file gets the key no more.',
  log: 'Quit the program that writes this file, then delete the file.',
  shellHistory: 'Close your other terminals and take the line out of this file; shells write it anew when they end.',
  git: 'Replace the key at its provider: everybody with a copy of the repository has it, and rewriting the history does not reach them.',
};

function copy(id: string, kind: KeyCopy['kind'], shown: string, line: number | null, count = 1, commit: string | null = null): KeyCopy {
  const fix = ['backup', 'localHistory', 'envFile'].includes(kind) ? `residue.${id}` : null;
  return { id, kind, keys: ['GITHUB_TOKEN'], shown, line, commit, count, advice: ADVICE[kind] ?? '', fix };
}

let copies: KeyCopy[] = [
  copy('k1', 'backup', '~/.cursor/mcp.json.bak', 7),
  copy('k2', 'localHistory', '~/.config/Code/User/History/-4f3a21c/8Kdq.json', 7),
  copy('k3', 'localHistory', '~/.config/Code/User/History/-4f3a21c/p0Xe.json', 7, 2),
  copy('k4', 'envFile', '~/code/app/.env', 3),
  copy('k5', 'log', '~/.config/Claude/logs/mcp-server-github.log', 412, 3),
  copy('k6', 'shellHistory', '~/.zsh_history', 2204),
  copy('k7', 'git', '~/code/app/.cursor/mcp.json', null, 4, '9f3c2ab17e'),
];

export function residue(none: boolean): Residue {
  return {
    keys: none ? [] : ['GITHUB_TOKEN'], copies: none ? [] : copies, files: 1284, commits: 310, stopped: false,
    skipped: none ? [] : [{ shown: '~/.codex/sessions/2026/11/rollout-1.jsonl', why: 'It was not looked at: the file is larger than 64 MiB.' }],
  };
}

const line = (kind: DiffLine['kind'], at: number, text: string): DiffLine => ({ kind, old: kind === 'removed' || kind === 'kept' ? at : null, new: kind === 'added' || kind === 'kept' ? at : null, text });

function difference(one: KeyCopy): DiffLine[] {
  if (one.kind === 'envFile') return [line('kept', 1, 'DATABASE_URL=••••'), line('kept', 2, 'PORT=••••'), line('removed', 3, 'GITHUB_TOKEN=••••'), line('kept', 4, 'DEBUG=••••')];
  return [
    line('gap', 0, ''), line('kept', 6, '      "env": {'), line('removed', 7, '        "GITHUB_TOKEN": "ghp_••••3f"'), line('added', 7, '        "GITHUB_TOKEN": "REMOVED"'),
    line('kept', 8, '      }'), line('gap', 0, ''),
  ];
}

/** What a fix of a copy would do; null for other fixes. */
export function previewOf(fix: string): Preview | null {
  const one = copies.find((copy) => copy.fix === fix);
  if (!one) return null;
  return {
    fix, title: `Take GITHUB_TOKEN out of ${one.shown}`, safety: 'review', path: one.shown, seen: 'stamp', effect: 'stamp', verify: null, verifyRefused: null, score: null, permissions: null, diff: difference(one),
    summary: one.kind === 'envFile' ? 'The line with GITHUB_TOKEN goes from this file.' : 'REMOVED will stand where GITHUB_TOKEN stands in this file.',
    notes: [
      one.kind === 'envFile' ? 'A program that reads this file no longer gets the key from it. A server that Warder starts gets it from the keychain.' : 'A config that is restored from this file has to be given the key again.',
      'Undo puts it back as it was, with the key.',
    ],
  };
}

/** Carries it out; null for other fixes. */
export function takeOut(fix: string, id: string): Change | null {
  const one = copies.find((copy) => copy.fix === fix);
  if (!one) return null;
  copies = copies.filter((copy) => copy !== one);
  return {
    id, at: new Date().toISOString(), title: `Took GITHUB_TOKEN out of ${one.shown}`, path: one.shown.replace('~', '/home/ana'), undone: false, taken_back: false, shown: one.shown,
    server: '', client_name: 'Cursor', diff: difference(one), note: null,
  };
}

const THEN = 'Then paste the new key here: everything that uses the old one gets it.';
let reminders: Reminder[] = [
  { id: 'r1', key: 'GITHUB_TOKEN', kind: 'a GitHub token', provider: 'GitHub', page: 'https://github.com/settings/tokens', why: 'It stood in plain text in ~/.cursor/mcp.json.', then: THEN, done: false, item: 'GITHUB_TOKEN-1' },
  { id: 'r2', key: 'DB_PASSWORD', kind: 'a password', provider: null, page: null, why: 'It stands in ~/code/app/.vscode/mcp.json, which is in a git repository.', then: 'Then move the new key to the keychain, so that it does not get there too.', done: false, item: null },
  { id: 'r3', key: 'NOTION_TOKEN', kind: 'a Notion token', provider: 'Notion', page: 'https://www.notion.so/profile/integrations', why: 'It stood in plain text in ~/.cursor/mcp.json.', then: THEN, done: true, item: 'NOTION_TOKEN-1' },
];

export function remind(none: boolean, id: string | null = null, done = false): Reminder[] {
  reminders = reminders.map((one) => (one.id === id ? { ...one, done } : one));
  return none ? [] : structuredClone(reminders);
}

/** What the clipboard would hold. */
export function paste(key: string): NewKey {
  const one = reminders.find((reminder) => reminder.id === key || reminder.item === key);
  const provider = one?.provider ?? null;
  return {
    offer: one?.id ?? key, item: one?.item ?? key, key: one?.key ?? key, kind: one?.kind ?? 'a key or password', provider, expected: provider, length: 40, same: false,
    fits: provider === null ? null : true,
    uses: [{ server: null, name: 'github', client_name: 'Cursor', shown: '~/.cursor/mcp.json', unread: null, used_as: one?.key ?? key }],
  };
}

export function replace(offer: string): Change {
  remind(false, offer, true);
  const key = reminders.find((one) => one.id === offer)?.key ?? 'the key';
  return {
    id: `k-${offer}-${Date.now()}`, at: new Date().toISOString(), title: `Replaced ${key} in the keychain`, path: '/home/ana/.cursor/mcp.json', undone: false, taken_back: false, shown: '~/.cursor/mcp.json',
    server: 'github', client_name: 'Cursor', diff: [], note: null,
  };
}
