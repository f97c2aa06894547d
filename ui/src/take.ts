// What is taken away from the window as text.

import type { Finding } from './generated/api';
import { asMarkdown } from './markdown';
import { session } from './session.svelte';
import { screen } from './screen.svelte';

/** A finding as somebody would paste it into an issue. Masked like the window. */
export async function findingText(finding: Finding): Promise<string> {
  return asMarkdown(finding, session.server(finding.server), session.file(finding.file), await session.detail(finding));
}

/** Puts a finding on the clipboard and says so. */
export async function copyFinding(finding: Finding): Promise<void> {
  await navigator.clipboard.writeText(await findingText(finding));
  screen.toast = { text: 'Copied the finding', change: null, moved: false };
}
