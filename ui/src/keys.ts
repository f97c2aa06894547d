// Every act of the window, once: for the keyboard, the palette and the help sheet.

import type { Theme } from './generated/api';
import { screen, selectedRow, type View } from './screen.svelte';
import { session } from './session.svelte';
import { settled } from './settled.svelte';
import { copyFinding } from './take';

export type Action =
  | 'next' | 'previous' | 'first' | 'last' | 'pageDown' | 'pageUp' | 'open' | 'diff' | 'accept'
  | 'view1' | 'view2' | 'view3' | 'view4' | 'view5' | 'settings'
  | 'palette' | 'filter' | 'scan' | 'safe' | 'undo' | 'copy' | 'edit' | 'copies' | 'rotate' | 'export' | 'places'
  | 'themeSystem' | 'themeLight' | 'themeDark' | 'help' | 'back';

export type Key = {
  action: Action;
  /** As `KeyboardEvent.key`; `Mod+` is ⌘ on a Mac and Ctrl elsewhere. */
  keys: readonly string[];
  /** Letters act only while a list has the focus. */
  place: 'list' | 'anywhere';
  /** For the help sheet and the palette; null: not listed there. */
  words: string | null;
  /** What it does anywhere; a list does its own. */
  run?: () => unknown;
  /** Whether it can be done now. */
  when?: () => boolean;
  /** The view it leads to. */
  go?: View;
  /** Other words the palette finds it by. */
  also?: string;
};

const filter = () => document.querySelector<HTMLInputElement>('main [data-test="filter"]');
/** The finding that the list of findings stands at. */
const finding = () => (screen.view === 'findings' ? session.finding(screen.finding.id) : null);
/** The file and line that the page in sight is about. */
function place(): { file: string; line: number | null } | null {
  const found = finding();
  if (found) return found.file === null ? null : { file: found.file, line: found.line };
  const server = screen.view === 'servers' ? (session.server(screen.place) ?? session.identity(screen.server.id)?.servers[0] ?? null) : null;
  return server && { file: server.file, line: server.line };
}

const view = (action: Action, key: string, go: View, words: string, also: string): Key => ({ action, keys: [key], place: 'anywhere', words, also, go, run: () => screen.go(go) });

const wear = (action: Action, theme: Theme, words: string): Key => ({
  action, keys: [], place: 'anywhere', words, also: 'theme appearance colours', run: () => settled.change('theme', theme), when: () => settled.settings.theme !== theme,
});

export const KEYS: readonly Key[] = [
  { action: 'next', keys: ['ArrowDown', 'j'], place: 'list', words: 'Next row' },
  { action: 'previous', keys: ['ArrowUp', 'k'], place: 'list', words: 'Previous row' },
  { action: 'first', keys: ['Home'], place: 'list', words: null },
  { action: 'last', keys: ['End'], place: 'list', words: null },
  { action: 'pageDown', keys: ['PageDown'], place: 'list', words: null },
  { action: 'pageUp', keys: ['PageUp'], place: 'list', words: null },
  { action: 'open', keys: ['Enter'], place: 'list', words: 'Open, or preview the safe fix' },
  { action: 'diff', keys: ['d'], place: 'list', words: 'Show what a fix would change' },
  { action: 'accept', keys: ['x'], place: 'list', words: 'Accept the risk' },
  { action: 'palette', keys: ['Mod+k'], place: 'anywhere', words: 'Find anything: a command, a fix, a server or a rule', run: () => screen.float({ what: 'palette' }), when: () => screen.floating === null },
  view('view1', 'Mod+1', 'overview', 'Overview', 'score home'),
  view('view2', 'Mod+2', 'findings', 'Findings', 'problems risks'),
  view('view3', 'Mod+3', 'servers', 'Servers', 'mcp'),
  view('view4', 'Mod+4', 'secrets', 'Secrets', 'keys tokens passwords credentials keychain'),
  view('view5', 'Mod+5', 'activity', 'Activity', 'history log changes news'),
  view('settings', 'Mod+,', 'settings', 'Settings', 'preferences options'),
  { action: 'scan', keys: ['Mod+r', 'F5'], place: 'anywhere', words: 'Look again', also: 'scan refresh reload', run: () => session.scan() },
  { action: 'safe', keys: [], place: 'anywhere', words: 'Fix all safe ones…', also: 'apply mend', run: () => screen.float({ what: 'safe' }), when: () => session.safe > 0 },
  { action: 'undo', keys: ['Mod+z'], place: 'anywhere', words: 'Undo the last change', also: 'take back revert', run: () => screen.undoLast(), when: () => screen.undoable },
  { action: 'filter', keys: ['/'], place: 'anywhere', words: 'Filter the list', also: 'search find', run: () => filter()?.focus(), when: () => filter() !== null },
  { action: 'copy', keys: ['Mod+Shift+c'], place: 'anywhere', words: 'Copy the selected finding', run: () => { const found = finding(); return found && copyFinding(found); }, when: () => finding() !== null },
  { action: 'edit', keys: ['Mod+o'], place: 'anywhere', words: 'Open the file in your editor', also: 'edit', run: () => { const at = place(); return at && session.edit(at.file, at.line); }, when: () => place() !== null },
  { action: 'copies', keys: [], place: 'anywhere', words: 'Look for copies of keys', also: 'backups histories logs', run: () => (screen.copies = { change: null }) },
  { action: 'rotate', keys: [], place: 'anywhere', words: 'Keys to replace', also: 'rotate renew', run: () => (screen.rotating = true) },
  { action: 'export', keys: ['Mod+e'], place: 'anywhere', words: 'Save a report…', also: 'export print html markdown sarif json', run: () => screen.float({ what: 'export' }), when: () => session.report !== null },
  { action: 'places', keys: [], place: 'anywhere', words: 'Show where Warder looks', also: 'files clients watching', run: () => (screen.places = true), when: () => session.report !== null },
  wear('themeLight', 'light', 'Use light colours'),
  wear('themeDark', 'dark', 'Use dark colours'),
  wear('themeSystem', 'system', 'Use the colours of the system'),
  { action: 'help', keys: ['?'], place: 'anywhere', words: 'Show all keys', also: 'help shortcuts keyboard', run: () => (screen.help = true) },
  { action: 'back', keys: ['Escape'], place: 'anywhere', words: 'Step out', run: () => (screen.stepOut() ? undefined : selectedRow()?.focus()) },
];

export const onMac = /Mac/.test(navigator.platform);

/** What a key press means, if anything. */
export function keyOf(event: KeyboardEvent): Key | null {
  if (event.altKey || event.isComposing) return null;
  const mod = onMac ? event.metaKey : event.ctrlKey;
  if (!mod && (event.ctrlKey || event.metaKey)) return null;
  const single = event.key.length === 1;
  // The user may want single characters to do nothing.
  if (single && !mod && !settled.settings.letters) return null;
  const name = single ? event.key.toLowerCase() : event.key;
  const pressed = !mod ? name : event.shiftKey && /[a-z]/.test(name) ? `Mod+Shift+${name}` : `Mod+${name}`;
  return KEYS.find((key) => key.keys.includes(pressed)) ?? null;
}

const SHOWN: Record<string, string> = { ArrowDown: '↓', ArrowUp: '↑', Enter: 'Enter', Escape: 'Esc', Shift: onMac ? '⇧' : 'Shift' };

/** The caps to draw for one key: `Mod+1` -> `Ctrl`, `1`. */
export function caps(key: string): string[] {
  return key.split('+').map((part) => {
    if (part === 'Mod') return onMac ? '⌘' : 'Ctrl';
    return SHOWN[part] ?? (part.length === 1 ? part.toUpperCase() : part);
  });
}

/** The first key of an act, for a tooltip: `Ctrl+1`; empty when it has none. */
export function hint(action: Action): string {
  const first = KEYS.find((key) => key.action === action)?.keys[0];
  return first === undefined ? '' : caps(first).join(onMac ? '' : '+');
}
