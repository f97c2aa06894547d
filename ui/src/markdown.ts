// A finding as Markdown, for an issue or a chat: the texts are the masked ones of the window.

import type { Detail, File, Finding, Server } from './generated/api';
import { CONFIDENCES, DIMENSIONS, MARKS, nameOf } from './words';

/** Text from a config stays text: no markup, no link, no mention of a person. */
function plain(text: string): string {
  return text.replace(/[\\`*_[\]<>#|~!&]/g, '\\$&').replace(/@/g, '@\u200b').replace(/\s+/g, ' ');
}

/** Code in a line, behind more backticks than it has. */
function code(text: string): string {
  const ticks = '`'.repeat(Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  const edge = /^`|`$/.test(text) ? ' ' : '';
  return `${ticks}${edge}${text.replace(/\s+/g, ' ')}${edge}${ticks}`;
}

function fenced(lines: readonly string[]): string[] {
  const longest = Math.max(2, ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)));
  const fence = '`'.repeat(longest + 1);
  return [fence, ...lines, fence];
}

export function asMarkdown(finding: Finding, server: Server | null, file: File | null, detail: Detail): string {
  const where = file ? `${file.client_name}, ${code(`${file.shown}${finding.line === null ? '' : `:${finding.line}`}`)}` : null;
  const lines = [
    `**${MARKS[finding.severity]}: ${plain(finding.message)}**`,
    '',
    ...(server ? [`- Server: ${code(nameOf(server))}`] : []),
    ...(where ? [`- Where: ${where}`] : []),
    `- Rule: ${code(finding.rule)} (${DIMENSIONS[finding.dimension].toLowerCase()}, ${CONFIDENCES[finding.confidence]})`,
    ...(detail.maps.length > 0 ? [`- Listed as: ${plain(detail.maps.join(', '))}`] : []),
    '',
  ];
  if (detail.snippet.length > 0) {
    lines.push(...fenced(detail.snippet.map(({ number, text, marked }) => `${marked ? '>' : ' '} ${String(number).padStart(4)}  ${text}`)), '');
  }
  // A rule's own words: they are Markdown already.
  for (const paragraph of detail.why) lines.push(paragraph, '');
  if (finding.fixes.length > 0) lines.push('What can be done:', '', ...finding.fixes.flatMap((fix) => [`- ${plain(fix.title)}`, ...fix.steps.map((step) => `  - ${plain(step)}`)]), '');
  return lines.join('\n');
}
