// What is taken away from the window as text.

import type { Finding } from './generated/api';
import { session } from './session.svelte';
import { screen } from './screen.svelte';
import { MARKS } from './words';

/** A finding as somebody would paste it into an issue: sentence, place, rule. Masked like the window. */
export function findingText(finding: Finding): string {
  const file = session.file(finding.file);
  const server = session.server(finding.server);
  const where = file ? `${file.shown}${finding.line === null ? '' : `:${finding.line}`}` : 'this machine';
  const whose = server ? `, ${server.name} (${server.client_name})` : '';
  return `${finding.message}\n${MARKS[finding.severity]}, ${finding.rule}, ${where}${whose}`;
}

/** Puts a finding on the clipboard and says so. */
export async function copyFinding(finding: Finding): Promise<void> {
  await navigator.clipboard.writeText(findingText(finding));
  screen.toast = { text: 'Copied the finding', change: null, moved: false };
}
