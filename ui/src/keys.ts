// Every key of the window, once: for the handlers and for the help sheet.

export type Action =
  | 'next' | 'previous' | 'first' | 'last' | 'pageDown' | 'pageUp' | 'open' | 'diff'
  | 'filter' | 'view1' | 'view2' | 'view3' | 'view4' | 'scan' | 'undo' | 'help' | 'back';

export type Key = {
  action: Action;
  /** As `KeyboardEvent.key`; `Mod+` is ⌘ on a Mac and Ctrl elsewhere. */
  keys: readonly string[];
  /** Letters act only while a list has the focus. */
  place: 'list' | 'anywhere';
  /** For the help sheet; null: not listed there. */
  words: string | null;
};

export const KEYS: readonly Key[] = [
  { action: 'next', keys: ['ArrowDown', 'j'], place: 'list', words: 'Next row' },
  { action: 'previous', keys: ['ArrowUp', 'k'], place: 'list', words: 'Previous row' },
  { action: 'first', keys: ['Home'], place: 'list', words: null },
  { action: 'last', keys: ['End'], place: 'list', words: null },
  { action: 'pageDown', keys: ['PageDown'], place: 'list', words: null },
  { action: 'pageUp', keys: ['PageUp'], place: 'list', words: null },
  { action: 'open', keys: ['Enter'], place: 'list', words: 'Open, or preview the safe fix' },
  { action: 'diff', keys: ['d'], place: 'list', words: 'Show what a fix would change' },
  { action: 'filter', keys: ['/'], place: 'anywhere', words: 'Filter the list' },
  { action: 'view1', keys: ['Mod+1'], place: 'anywhere', words: 'Overview' },
  { action: 'view2', keys: ['Mod+2'], place: 'anywhere', words: 'Servers' },
  { action: 'view3', keys: ['Mod+3'], place: 'anywhere', words: 'Findings' },
  { action: 'view4', keys: ['Mod+4'], place: 'anywhere', words: 'Activity' },
  { action: 'scan', keys: ['Mod+r', 'F5'], place: 'anywhere', words: 'Look again' },
  { action: 'undo', keys: ['Mod+z'], place: 'anywhere', words: 'Undo the last change' },
  { action: 'help', keys: ['?'], place: 'anywhere', words: 'These keys' },
  { action: 'back', keys: ['Escape'], place: 'anywhere', words: 'Step out' },
];

export const onMac = /Mac/.test(navigator.platform);

/** What a key press means, if anything. */
export function keyOf(event: KeyboardEvent): Key | null {
  if (event.altKey || event.isComposing) return null;
  const mod = onMac ? event.metaKey : event.ctrlKey;
  if (!mod && (event.ctrlKey || event.metaKey)) return null;
  const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const pressed = mod ? `Mod+${name}` : name;
  return KEYS.find((key) => key.keys.includes(pressed)) ?? null;
}

const SHOWN: Record<string, string> = { ArrowDown: '↓', ArrowUp: '↑', Enter: 'Enter', Escape: 'Esc' };

/** The caps to draw for one key: `Mod+1` -> `Ctrl`, `1`. */
export function caps(key: string): string[] {
  return key.split('+').map((part) => {
    if (part === 'Mod') return onMac ? '⌘' : 'Ctrl';
    return SHOWN[part] ?? (part.length === 1 ? part.toUpperCase() : part);
  });
}
