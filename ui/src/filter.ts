// The filter's language: `severity:high client:cursor` and words. All terms must
// hold; `a,b` behind a key means either; quotes keep spaces together.

export type Term = { key: string | null; values: string[] };

const TERM = /(?:(\w+):)?(?:"([^"]*)"?|(\S+))/g;

/** The terms of a filter text; a key without a value yet is left out. */
export function terms(text: string): Term[] {
  const found: Term[] = [];
  for (const [, key, quoted, bare] of text.toLowerCase().matchAll(TERM)) {
    const value = quoted ?? bare ?? '';
    if (key === undefined && /^\w+:$/.test(value)) continue;
    const values = key === undefined ? [value] : value.split(',').filter((part) => part !== '');
    if (values.length > 0) found.push({ key: key ?? null, values });
  }
  return found;
}

/** Whether an item with these fields passes; free words look into all of them and `text`. */
export function passes(terms: Term[], fields: Record<string, string>, text: string): boolean {
  return terms.every(({ key, values }) => {
    const field = key === null ? undefined : fields[key];
    return values.some((value) =>
      field !== undefined
        ? field.toLowerCase().includes(value)
        : `${text} ${Object.values(fields).join(' ')}`.toLowerCase().includes(key === null ? value : `${key}:${value}`),
    );
  });
}
