// The words of the window: what an enum is called, how a number, a time and a
// failure read.

import type {
  Band, Certainty, Confidence, CopyKind, Dimension, Failure, File, Fix, KeyCopy, Reason, Safety, Severity, Unread,
} from './generated/api';

/** What a shape stands for: a severity, or that nothing was found. */
export type Mark = Severity | 'fine';

export const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];

export const MARKS: Record<Mark, string> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  info: 'Info',
  fine: 'No findings',
};

export const BANDS: readonly Band[] = ['dangerous', 'warning', 'caution', 'moderate', 'trusted'];

export const BAND_WORDS: Record<Band, string> = {
  dangerous: 'Dangerous',
  warning: 'Warning',
  caution: 'Caution',
  moderate: 'Moderate',
  trusted: 'Trusted',
};

/** What a band asks of its reader (the score's definition). */
export const BAND_ADVICE: Record<Band, string> = {
  dangerous: 'Disable it now.',
  warning: 'Better not used until you have reviewed it.',
  caution: 'Worth fixing before you give it secrets.',
  moderate: 'Usable; unverified, or with lesser issues.',
  trusted: 'The evidence is good and nothing serious was found.',
};

/** The shape a band wears: bands and severities share one set. */
export const BAND_MARKS: Record<Band, Mark> = {
  dangerous: 'critical',
  warning: 'high',
  caution: 'medium',
  moderate: 'low',
  trusted: 'fine',
};

export const DIMENSIONS: Record<Dimension, string> = {
  SC: 'Supply chain',
  PV: 'Package verification',
  CODE: 'Code and launch',
  RET: 'Remote endpoint',
  TP: 'Transport',
  CRED: 'Credentials',
  PERM: 'Permissions',
  RUN: 'Runtime behaviour',
  MACHINE: 'This machine',
};

export const CONFIDENCES: Record<Confidence, string> = {
  confirmed: 'confirmed',
  high: 'high confidence',
  medium: 'medium confidence',
  low: 'low confidence',
};

export const CERTAINTIES: Record<Certainty, string> = {
  low: 'Low confidence · config and files only',
  medium: 'Medium confidence',
  high: 'High confidence',
};

export const SAFETIES: Record<Safety, string> = {
  safe: 'safe, undoable',
  review: 'review, undoable',
  manual: 'by hand',
};

/** Why somebody lives with a finding. */
export const REASONS: Record<Reason, string> = {
  needed: 'The server needs it',
  mitigated: 'Something else keeps it from doing harm',
  'not-a-risk': 'It is not a risk here',
};

/** Where copies of a key lie. */
export const COPIES: Record<CopyKind, string> = {
  config: 'Other configs',
  backup: 'Backups',
  localHistory: 'Older versions in editors',
  envFile: 'Files of variables',
  settings: 'Settings of shells and tools',
  log: 'Logs',
  conversation: 'Conversations with clients',
  shellHistory: 'Shell histories',
  git: 'Git history',
};

/** `~/.bash_history:12`, `~/app/.env · commit 1a2b3c4d5e`. */
export function placeOf(copy: KeyCopy): string {
  if (copy.line !== null) return `${copy.shown}:${copy.line}`;
  return copy.commit === null ? copy.shown : `${copy.shown} · commit ${copy.commit}`;
}

/** What a fix does, by the last part of its id. */
export function fixKind(fix: Fix): string {
  return fix.id.slice(fix.id.lastIndexOf('.') + 1);
}

const EFFECTS: Record<string, string> = {
  'put-back': 'The entry gets the text that you approved, from Warder\'s history.',
  keychain: 'The server gets the key when it starts; the file no longer holds it.',
  narrow: 'The server keeps the folders you pick and loses the rest.',
  sandbox: 'The server starts without your other files and, unless you allow it, without a network.',
};

/** Other words for what a fix does, by its kind: people look for it in their own. */
export const FIX_WORDS: Record<string, string> = {
  absolute: 'path program command',
  ask: 'approve confirm automatically permission',
  'ask-always': 'approve confirm automatically permission',
  'client-sandbox': 'fence isolate contain',
  encrypt: 'https tls http',
  fence: 'docker container privileged',
  here: 'localhost network port bind listen',
  keychain: 'secret key token password credential plaintext',
  lower: 'root sudo administrator rights',
  narrow: 'folders directories files paths restrict',
  'no-scripts': 'install postinstall npm',
  off: 'disable switch remove',
  password: 'prompt input',
  pin: 'version lock update package',
  plain: 'shell bash sh',
  protect: 'chmod permissions mode readable',
  'read-only': 'folder write mount',
  remove: 'variable environment',
  sandbox: 'fence isolate contain jail bubblewrap',
  spell: 'variable reference environment',
  strip: 'hidden invisible unicode',
  'take-out': 'remove delete stale',
  verify: 'tls ssl certificates',
};

/** One sentence on what a fix changes, if its kind is known here. */
export function fixEffect(fix: Fix): string | null {
  return EFFECTS[fixKind(fix)] ?? null;
}

/** The text of a fix's button: a verb, and an ellipsis if it asks something first. */
export function fixVerb(fix: Fix): string {
  return fix.asks === 'nothing' ? fix.title : `${fix.title}…`;
}

/** Whether somebody wrote a whole path, or one in their home. */
export function isWholePath(text: string): boolean {
  return /^(?:\/|~\/|[A-Za-z]:[\\/])./.test(text);
}

/** A name for people; one of blanks alone is still something to point at. */
export function nameOf({ name }: { name: string }): string {
  return name.trim() === '' ? '⟨no name⟩' : name;
}

/** A failure's message as a sentence. */
export function sentence(failure: Failure): string {
  const text = failure.message;
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');
}

/** `1 server`, `12 servers`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}

const NUMBERS = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine', 'Ten', 'Eleven', 'Twelve'];

/** A number that begins a sentence. */
export function numeral(n: number): string {
  return NUMBERS[n] ?? n.toLocaleString('en');
}

/** `Cursor`, `Cursor and VS Code`, `A, B and C`. */
export function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** Points with a sign: `−14.6`, `+18`. */
export function points(value: number): string {
  const size = Math.abs(value);
  const text = size % 1 === 0 || size >= 100 ? size.toFixed(0) : size.toFixed(1);
  return `${value < 0 ? '−' : '+'}${text}`;
}

/** `12:40`. */
export function clock(at: string): string {
  return new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}

/** `Today`, `Yesterday`, `3 May`, `3 May 2025`. */
export function day(at: string, now = new Date()): string {
  const date = new Date(at);
  const days = Math.round((startOf(now) - startOf(date)) / 86_400_000);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  const year = date.getFullYear() === now.getFullYear() ? undefined : 'numeric';
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year });
}

const startOf = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/** The heading of a day: `Today`, `Yesterday`, `Tuesday 24 November`. */
export function dayLine(at: string, now = new Date()): string {
  const name = day(at, now);
  return /^[TY]/.test(name) ? name : `${new Date(at).toLocaleDateString('en-GB', { weekday: 'long' })} ${name}`;
}

/** A day in a sentence: `12:40`, `yesterday`, `Tuesday`, `3 May`. */
export function since(at: string, now = new Date()): string {
  const days = Math.round((startOf(now) - startOf(new Date(at))) / 86_400_000);
  if (days <= 0) return clock(at);
  if (days === 1) return 'yesterday';
  return days < 7 ? new Date(at).toLocaleDateString('en-GB', { weekday: 'long' }) : day(at, now);
}

/** How long ago: `just now`, `4 minutes ago`, `yesterday`, `on Tuesday`, `on 3 May`. */
export function ago(at: string, now = new Date()): string {
  const minutes = Math.floor((now.getTime() - new Date(at).getTime()) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${count(minutes, 'minute')} ago`;
  const name = since(at, now);
  if (/^\d+:/.test(name)) return `${count(Math.floor(minutes / 60), 'hour')} ago`;
  return name === 'yesterday' ? name : `on ${name}`;
}

/** Longer names are cut in a sentence. */
const LONGEST = 40;

/** `files, github and 2 more are not judged`; what stood in a file that cannot be read now. */
export function notJudged(lost: Unread | null): string {
  if (lost === null) return 'what is in it is not judged';
  const names = lost.servers.slice(0, lost.count > 4 ? 3 : 4).map((name) => (name.length > LONGEST ? `${name.slice(0, LONGEST)}…` : nameOf({ name })));
  const more = lost.count - names.length;
  return `${listed(more > 0 ? [...names, `${more.toLocaleString('en')} more`] : names)} ${lost.count === 1 ? 'is' : 'are'} not judged`;
}

/** What is wrong with a file, and where: `line 12:3: expected a comma`. */
export function fileProblem(file: File): string {
  const at = file.error?.line ? `Line ${file.error.line}:${file.error.column ?? 1}: ` : '';
  const text = file.error?.message ?? 'it cannot be read';
  return at === '' ? text.charAt(0).toUpperCase() + text.slice(1) : at + text;
}
