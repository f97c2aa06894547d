// What others changed on the made-up machine.

import type { DiffLine, Finding, News, NewsPage, Report } from '../generated/api';

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const line = (kind: DiffLine['kind'], at: number, text: string): DiffLine => ({ kind, old: kind === 'removed' || kind === 'kept' ? at : null, new: kind === 'added' || kind === 'kept' ? at : null, text });

function news(id: string, minutes: number, kind: News['kind'], text: string, more: Partial<News> = {}): News {
  return { id, at: ago(minutes), kind, text, clientName: 'Cursor', shown: '~/.cursor/mcp.json', name: null, server: null, diff: [], severity: null, seen: false, urgent: false, ...more };
}

const DAY = 1440;
let all: News[] = [
  news('n1', 4, 'serverAdded', 'Cursor added the server notion.', { name: 'notion', server: 's8', urgent: true, diff: [line('added', 1, 'npx -y @notionhq/notion-mcp-server@1.9.0')] }),
  news('n2', 47, 'serverChanged', 'The launch line of playwright changed.', {
    name: 'playwright', server: 's5', severity: 'critical',
    diff: [line('removed', 1, 'docker run -i --rm mcr.microsoft.com/playwright/mcp'), line('added', 1, 'docker run -i --rm -v /var/run/docker.sock:/var/run/docker.sock mcr.microsoft.com/playwright/mcp')],
  }),
  news('n3', 48, 'scoreLowered', 'The score of this machine went from 33 to 15.', { clientName: 'Cursor', shown: null, urgent: true }),
  news('n4', DAY + 90, 'fileBroken', 'Windsurf cannot read its config any more: line 12 has no comma.', { clientName: 'Windsurf', shown: '~/.codeium/windsurf/mcp_config.json' }),
  news('n5', 3 * DAY, 'switchedOff', 'Claude Desktop switched brave-search off.', { clientName: 'Claude Desktop', shown: '~/.config/Claude/claude_desktop_config.json', name: 'brave-search', server: 's9', seen: true }),
  news('n6', 6 * DAY, 'serverRemoved', 'VS Code removed the server fetch.', { clientName: 'VS Code', shown: '~/.config/Code/User/mcp.json', name: 'fetch', seen: true, diff: [line('removed', 1, 'uvx mcp-server-fetch')] }),
];
let since = ago(2 * DAY + 30);
let fresh = ['a5', 'b5'];
let score: number | null = 33;

const weighs = (finding: Finding) => finding.severity !== 'low' && finding.severity !== 'info';

export function page(report: Report, none: boolean): NewsPage {
  const clear = report.servers.length > 0 && !report.findings.some(weighs) ? '2026-05-03T08:00:00Z' : null;
  if (none) return { news: [], since: null, score: null, findings: [], clear, unread: [] };
  if (clear !== null) return { news: all.slice(-2), since, score: report.machine.score, findings: [], clear, unread: [] };
  return { news: structuredClone(all), since, score, findings: fresh.filter((id) => report.findings.some((finding) => finding.id === id)), clear, unread: [] };
}

export function seen(report: Report): NewsPage {
  all = all.map((one) => ({ ...one, seen: true }));
  since = new Date().toISOString();
  fresh = [];
  score = report.machine.score;
  return page(report, false);
}
