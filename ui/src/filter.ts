// The filter's language: `severity:high -client:zed` and words. All terms must
// hold; `a,b` behind a key means either; `-` turns a term round; quotes keep
// spaces together. What is filtered is written down once a report (`Entry`), so
// that a key press compares ready texts and nothing else.

export type Term = { key: string | null; values: string[]; not: boolean };

/** An item with all that can be asked of it, in lower case. */
export type Entry<T> = { item: T; fields: Record<string, string>; text: string };

/** A value that a key can have here, and how many items have it. */
export type Value = { value: string; count: number };

/** What could stand where the caret is. */
export type Offer = { insert: string; label: string; hint: string; count: number | null };

const TERM = /(-)?(?:([a-z]\w*):)?(?:"([^"]*)"?|(\S+))/g;

export function entry<T>(item: T, fields: Record<string, string>, text: string): Entry<T> {
  const lower = Object.entries(fields).map(([key, value]) => [key, value.toLowerCase()] as const);
  return { item, fields: Object.fromEntries(lower), text: `${text.toLowerCase()} ${lower.map(([, value]) => value).join(' ')}` };
}

/** The terms of a filter text; a key without a value yet is left out. */
export function terms(text: string): Term[] {
  const found: Term[] = [];
  for (const [, minus, key, quoted, bare] of text.toLowerCase().matchAll(TERM)) {
    const value = quoted ?? bare ?? '';
    if (key === undefined && /^-?\w*:?$/.test(value) && /[-:]$/.test(value)) continue;
    const values = key === undefined || quoted !== undefined ? [value] : value.split(',');
    const meant = values.filter((part) => part !== '');
    if (meant.length > 0) found.push({ key: key ?? null, values: meant, not: minus !== undefined });
  }
  return found;
}

/** The items that pass; a key that they do not have is a word like any other. */
export function filtered<T>(entries: readonly Entry<T>[], text: string): T[] {
  const wanted = terms(text);
  const passes = ({ fields, text }: Entry<T>) =>
    wanted.every(({ key, values, not }) => {
      const field = key === null ? text : fields[key];
      const has = values.some((value) => (field === undefined ? text.includes(`${key}:${value}`) : field.includes(value)));
      return has !== not;
    });
  return entries.filter(passes).map(({ item }) => item);
}

/** Whether exactly this term stands in the text. */
export function holds(text: string, term: string): boolean {
  return text.split(/\s+/).includes(term);
}

/** The text with the term, or without it where it stood already. */
export function toggled(text: string, term: string): string {
  const words = text.split(/\s+/).filter((word) => word !== '');
  return (words.includes(term) ? words.filter((word) => word !== term) : [...words, term]).join(' ');
}

/** The word that the caret is in, from the blank before it. */
export function wordAt(text: string, caret: number): { from: number; word: string } {
  const before = text.slice(0, caret);
  // An odd number of quotes: the last one is still open.
  const quote = before.split('"').length % 2 === 0 ? before.lastIndexOf('"') : caret;
  const from = before.slice(0, quote).search(/\S*$/);
  return { from, word: before.slice(from) };
}

/** What the word under the caret could become: keys first, then a key's values. */
export function offers(word: string, keys: readonly string[], known: (key: string) => Value[]): Offer[] {
  const minus = word.startsWith('-') ? '-' : '';
  const [, key, typed = ''] = /^(\w+):(.*)$/.exec(word.slice(minus.length).toLowerCase()) ?? [];
  if (key === undefined) {
    const start = word.slice(minus.length).toLowerCase();
    return keys.filter((key) => key.startsWith(start)).map((key) => ({
      insert: `${minus}${key}:`, label: `${key}:`, hint: known(key).slice(0, 3).map(({ value }) => value.slice(0, 24)).join(', '), count: null,
    }));
  }
  if (!keys.includes(key)) return [];
  const start = typed.replace(/^"/, '');
  const begun = start.slice(start.lastIndexOf(',') + 1);
  const said = typed.startsWith('"') ? '' : start.slice(0, start.length - begun.length);
  return known(key)
    .filter(({ value }) => value.toLowerCase().includes(begun) && value.toLowerCase() !== begun)
    .slice(0, 8)
    .map(({ value, count }) => ({ insert: `${minus}${key}:${said}${/[\s,]/.test(value) ? `"${value}"` : value} `, label: value, hint: '', count }));
}

/** The values that a field has, most frequent first; a field holds one value, or several apart by blanks. */
export function tally<T>(items: readonly T[], of: (item: T) => readonly string[]): Value[] {
  const counts = new Map<string, number>();
  for (const item of items) for (const value of new Set(of(item))) if (value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count || a.value.localeCompare(b.value));
}

/** The values of each key, over all items' answers. */
export function valuesOf(keys: readonly string[], answers: readonly Record<string, readonly string[]>[]): Map<string, Value[]> {
  return new Map(keys.map((key) => [key, tally(answers, (of) => of[key] ?? [])]));
}
