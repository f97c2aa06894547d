// A made-up machine: what a report of the core looks like, for development,
// pictures and checks in a browser. No value in here is or was a real key.

import type { Band, Bands, Best, Client, Deduction, Dimension, File, Finding, Fix, Report, Server, Severity } from '../generated/api';
import { LEAVES_OPEN, permissions } from './fence';

const CLIENT_NAMES: Record<string, string> = { 'claude-desktop': 'Claude Desktop', cursor: 'Cursor', vscode: 'VS Code', windsurf: 'Windsurf', 'claude-code': 'Claude Code', zed: 'Zed' };

export function file(id: string, client: string, shown: string, state: File['state'] = 'read', error: File['error'] = null): File {
  const path = shown.replace('~', '/home/ana');
  return { id, client, scope: 'user', path, format: 'json', state, error, client_name: CLIENT_NAMES[client] ?? client, shown, readers: [] };
}

export function bandOf(score: number): Band {
  return score >= 80 ? 'trusted' : score >= 60 ? 'moderate' : score >= 40 ? 'caution' : score >= 20 ? 'warning' : 'dangerous';
}

/** Dimension, weight, and how much of it a config alone shows. */
const DIMENSIONS: readonly [Dimension, number, number][] = [['SC', 31, 0.6], ['PV', 11, 0.3], ['CODE', 7, 0.6], ['TP', 9, 0.6], ['CRED', 17, 1], ['PERM', 14, 0.7], ['RUN', 11, 0]];

export function server(id: string, name: string, where: File, line: number, command: string[], score: number, more: Partial<Server> = {}): Server {
  return {
    id, client: where.client, file: where.id, name, pointer: `/mcpServers/${name}`, line, enabled: true, profile: 'local-package',
    transport: 'stdio', launcher: 'npx', command, url: null, package: null, client_name: where.client_name, protection: 'none',
    reach: { files: 'everything you can', network: 'anywhere', secrets: 'none', approval: 'as its client decides' }, scope: 'user', project: null, also: [], under: [], permissions: null, refused: [], made: [], wrappers: [], remote_via: null, inner_package: null,
    score: {
      score, band: bandOf(score), low: Math.max(0, score - 7.4), high: Math.min(100, score + 26.2), confidence: 'low',
      dimensions: Object.fromEntries(DIMENSIONS.map(([dimension, weight, coverage]) => [dimension, { score, coverage, weight }])), base: score, limit: 1, deductions: [], next: null,
    },
    ...more,
  };
}

export function finding(
  id: string, of: Server | null, where: File | null, rule: string, title: string, dimension: Dimension, severity: Severity,
  message: string, line: number | null, fixes: Fix[] = [],
): Finding {
  return {
    id, rule, dimension, severity, confidence: severity === 'high' ? 'confirmed' : 'high', message, server: of?.id ?? null, also: [],
    file: where?.id ?? null, pointer: of?.pointer ?? '', line, column: 7, fixes, title,
    fingerprint: id, accepted: null, acceptable: severity !== 'info',
  };
}

const keychain = (id: string, gain: number): Fix => ({ id: `${id}.keychain`, title: 'Move to keychain', safety: 'safe', gain, steps: [], asks: 'nothing' });
const close = (id: string): Fix => ({ id: `${id}.mode`, title: 'Close it to others', safety: 'safe', gain: 2, steps: [], asks: 'nothing' });
const narrow = (id: string, gain: number): Fix => ({ id: `${id}.narrow`, title: 'Narrow the folders', safety: 'review', gain, steps: [], asks: 'folders' });
const sandbox = (id: string, gain: number): Fix => ({ id: `${id}.sandbox`, title: 'Put in a sandbox', safety: 'review', gain, steps: [], asks: 'sandbox' });
const byHand = (id: string, title: string, steps: string[]): Fix => ({ id: `${id}.manual`, title, safety: 'manual', gain: null, steps, asks: 'nothing' });

const NO_BANDS: Bands = { trusted: 0, moderate: 0, caution: 0, warning: 0, dangerous: 0 };

/** How many of the servers that are on are in each band. */
function bandsOf(servers: Server[]): Bands {
  const bands = { ...NO_BANDS };
  for (const { score } of servers.filter((server) => server.enabled)) if (score.band) bands[score.band] += 1;
  return bands;
}

/** Every client, as good as the worst of its servers that are on. */
function clientsOf(servers: Server[]): Client[] {
  const ids = [...new Set(servers.map((server) => server.client))].sort();
  return ids.map((id): Client => {
    const own = servers.filter((server) => server.client === id);
    const [worst] = own.filter((server) => server.enabled).map((server) => server.score).sort((a, b) => (a.score ?? 100) - (b.score ?? 100));
    const { score = null, band = null, low = null, high = null, confidence = null } = worst ?? {};
    return { client: id, client_name: own[0]?.client_name ?? id, score: { score, band, low, high, confidence }, bands: bandsOf(own) };
  });
}

/** The fixes that gain most, one of each server, and a guess at what they make of the score. */
function bestOf(report: Report): Best {
  const all = report.findings.flatMap((finding) => finding.fixes.map((fix) => ({ server: finding.server, fix }))).filter(({ fix }) => (fix.gain ?? 0) > 0);
  all.sort((a, b) => (b.fix.gain ?? 0) - (a.fix.gain ?? 0));
  const three = all.filter((one, i) => all.findIndex((other) => other.server === one.server) === i).slice(0, 3);
  const now = report.machine.score;
  const steps = now === null ? [] : three.map((_, i) => Math.min(75, now + 7 * (i + 1)));
  return { fixes: three.map(({ fix }) => fix.id), steps, score: steps.at(-1) ?? null };
}

/** Gives each server its deductions (one per finding, and what nobody looked at), and counts them. */
export function deduct(report: Report): Report {
  for (const server of report.servers) {
    const of = report.findings.filter((finding) => finding.server === server.id);
    const lost = 100 - (server.score.score ?? 100);
    const weights = of.map((finding) => ({ critical: 7, high: 5, medium: 2, low: 0.8, info: 0 })[finding.severity]);
    const all = weights.reduce((sum, weight) => sum + weight, 0) + 3.5;
    server.score.deductions = [
      ...of.map((finding, i): Deduction => ({ points: Math.round((lost * (weights[i] ?? 0) * 10) / all) / 10, finding: finding.id, label: finding.title })),
      { points: Math.round((lost * 35) / all) / 10, finding: null, label: 'Not looked at yet: online data, the running server' },
    ].sort((a, b) => b.points - a.points);
    const two = of.filter((finding) => finding.severity !== 'info').slice(0, 2);
    const then = Math.min(75, (server.score.score ?? 0) + 11 * two.length);
    server.score.next = two.length === 0 ? null : { findings: two.map((finding) => finding.id), score: then, band: bandOf(then), clean: 75 };
  }
  report.bands = bandsOf(report.servers);
  report.clients = clientsOf(report.servers);
  report.best = bestOf(report);
  return report;
}

const cursor = file('f1', 'cursor', '~/.cursor/mcp.json');
const claude = file('f2', 'claude-desktop', '~/.config/Claude/claude_desktop_config.json');
const vscode = file('f3', 'vscode', '~/.config/Code/User/mcp.json');

/** The machine most pictures show. */
export function ordinary(): Report {
  const github = server('s1', 'github', cursor, 3, ['npx', '-y', '@modelcontextprotocol/server-github'], 38);
  const files = server('s2', 'files', claude, 3, ['npx', '-y', '@modelcontextprotocol/server-filesystem', '/home/ana'], 41);
  const postgres = server('s3', 'postgres', vscode, 12, ['npx', '-y', '@modelcontextprotocol/server-postgres', 'postgresql://app:••••••••@db.internal:5432/app'], 36);
  const linear = server('s4', 'linear', cursor, 14, [], 61, { transport: 'sse', launcher: null, url: 'https://mcp.linear.app/sse', profile: 'remote' });
  const docker = server('s5', 'playwright', cursor, 18, ['docker', 'run', '-i', '--rm', '-v', '/var/run/docker.sock:/var/run/docker.sock', 'mcr.microsoft.com/playwright/mcp'], 18, { launcher: 'docker' });
  const sqlite = server('s6', 'sqlite', vscode, 4, ['uvx', 'mcp-server-sqlite==2025.4.25', '--db-path', '/home/ana/notes.db'], 74, {
    launcher: 'uvx', protection: 'sandbox',
    permissions: permissions(['/usr/bin/python3', 'mcp-server-sqlite@2025.4.25'], { read: ['~/.warder/packages/sqlite-41c'], write: ['~/notes'] }),
  });
  const memory = server('s7', 'memory', claude, 11, ['npx', '-y', '@modelcontextprotocol/server-memory'], 62);
  const notion = server('s8', 'notion', cursor, 26, ['npx', '-y', '@notionhq/notion-mcp-server@1.9.0'], 66, {
    protection: 'sandbox',
    permissions: permissions(['/usr/bin/node', '@notionhq/notion-mcp-server@1.9.0'], {
      read: ['~/.warder/packages/notion-9f3', '~/code/app'], write: ['~/notes'], network: 'hosts', reach: ['api.notion.com'], variables: ['NOTION_TOKEN'],
    }),
    refused: [
      { host: 'files.notion-static.example', port: 443, times: 3, last: new Date(Date.now() - 5_400_000).toISOString() },
      { host: 'telemetry.example.com', port: 4318, times: 1, last: new Date(Date.now() - 90_000_000).toISOString() },
    ],
  });
  const old = server('s9', 'brave-search', claude, 17, ['npx', '-y', '@modelcontextprotocol/server-brave-search'], 52, { enabled: false });
  const rotate = ['Open GitHub, Settings, Developer settings, and make a fine-grained token that reaches only the repositories this server needs.', 'Put the new token in place of the old one, then move it to the keychain.', 'Revoke the old token: it has been in clear text.'];
  return deduct({
    schema: 'warder.report/1', warder: '0.1.0', os: 'linux',
    machine: { score: 15, band: 'dangerous', low: 9.1, high: 31.6, confidence: 'medium' },
    bands: NO_BANDS, clients: [], best: { fixes: [], steps: [], score: null },
    files: [
      cursor, claude, vscode,
      file('f4', 'windsurf', '~/.codeium/windsurf/mcp_config.json', 'invalid', { message: 'expected a comma or a closing brace', line: 12, column: 3 }),
      file('f5', 'claude-code', '~/.claude.json'),
      file('f6', 'zed', '~/.config/zed/settings.json', 'missing'),
      file('f7', 'claude-code', '/etc/claude-code/managed-mcp.json', 'missing'),
      file('f8', 'vscode', '~/.config/Code - Insiders/User/mcp.json', 'missing'),
    ],
    servers: [github, files, postgres, linear, docker, sqlite, memory, notion, old],
    findings: [
      finding('a5', docker, cursor, 'docker-socket', 'Docker socket handed in', 'PERM', 'critical', 'playwright gets the Docker socket, which is full control of this machine.', 20, [sandbox('a5', 31.4), byHand('a5', 'Take the socket out', ['Remove the two words `-v /var/run/docker.sock:/var/run/docker.sock` from its arguments.', 'Restart Cursor.'])]),
      finding('a1', github, cursor, 'secret-in-env', 'Secret in plain text', 'CRED', 'high', 'GITHUB_TOKEN holds a GitHub token in plain text.', 7, [keychain('a1', 18), byHand('a1', 'Replace the token', rotate)]),
      finding('a2', files, claude, 'home-root', 'Whole home folder', 'PERM', 'high', 'files may read and write your whole home folder.', 7, [narrow('a2', 21.5), sandbox('a2', 9)]),
      finding('a3', postgres, vscode, 'secret-in-url', 'Credential in a URL', 'CRED', 'high', 'A database password stands in the launch line of postgres.', 14, [byHand('a3', 'Take the password out of the line', ['Set `PGPASSWORD` in the entry\'s `env` instead.', 'Look again here, and move it to the keychain.'])]),
      finding('b5', old, claude, 'secret-in-env', 'Secret in plain text', 'CRED', 'high', 'BRAVE_API_KEY holds a Brave Search key in plain text.', 20, [keychain('b5', 11)]),
      finding('b6', null, claude, 'readable-by-others', 'Readable by others', 'CRED', 'medium', 'Other users of this computer can read ~/.config/Claude/claude_desktop_config.json.', null, [close('b6')]),
      finding('a6', files, claude, 'unpinned-package', 'Version not pinned', 'SC', 'medium', 'files starts whatever version of @modelcontextprotocol/server-filesystem is newest.', 6, [byHand('a6', 'Name the version', ['Write the version behind the package name: `@modelcontextprotocol/server-filesystem@2025.11.25`.'])]),
      finding('a7', github, cursor, 'unpinned-package', 'Version not pinned', 'SC', 'medium', 'github starts whatever version of @modelcontextprotocol/server-github is newest.', 5, []),
      finding('a8', memory, claude, 'unpinned-package', 'Version not pinned', 'SC', 'medium', 'memory starts whatever version of @modelcontextprotocol/server-memory is newest.', 13, []),
      finding('a9', docker, cursor, 'unpinned-image', 'Image not pinned', 'SC', 'medium', 'playwright starts whatever image its tag points to today.', 22, []),
      finding('b1', linear, cursor, 'sse-transport', 'Retired transport', 'TP', 'low', 'linear uses a transport that is being retired.', 15, [byHand('b1', 'Use the new address', ['Replace the address by `https://mcp.linear.app/mcp`.'])]),
      finding('b2', memory, claude, 'no-sandbox', 'Runs with all your rights', 'PERM', 'low', 'memory runs with all your rights.', 12, [sandbox('b2', 3)]),
      finding('b3', github, cursor, 'no-sandbox', 'Runs with all your rights', 'PERM', 'low', 'github runs with all your rights.', 4, [sandbox('b3', 3)]),
    ],
  });
}

/** No client has a server. */
export function empty(): Report {
  const report = ordinary();
  const files = report.files.map((file): File => ({ ...file, state: 'missing', error: null }));
  return { ...report, files, servers: [], clients: [], bands: NO_BANDS, findings: [], best: { fixes: [], steps: [], score: null }, machine: { score: null, band: null, low: null, high: null, confidence: null } };
}

/** Nothing of weight is left. */
export function clear(): Report {
  const report = ordinary();
  report.findings = report.findings.filter((finding) => finding.severity === 'low');
  report.files = report.files.filter((file) => file.error === null);
  report.servers = report.servers.filter((one) => one.enabled).map((one) => server(one.id, one.name, cursor, one.line, one.command, 82 + (one.line % 9), { protection: one.protection, url: one.url }));
  report.machine = { score: 79, band: 'moderate', low: 71.2, high: 92.4, confidence: 'medium' };
  return deduct(report);
}

/** 500 servers, 3,000 findings. */
export function many(): Report {
  const report = ordinary();
  const severities: Severity[] = ['high', 'medium', 'medium', 'low', 'low', 'info'];
  report.servers = Array.from({ length: 500 }, (_, i) => server(`m${i}`, `server-${i + 1}`, cursor, i * 9 + 3, ['npx', '-y', `@example/server-${i + 1}`], 30 + (i % 60)));
  report.findings = severities.flatMap((severity, kind) =>
    report.servers.map((server, i) =>
      finding(`m${i}-${kind}`, server, cursor, 'unpinned-package', 'Version not pinned', 'SC', severity, `${server.name} starts whatever version is newest (${kind + 1}).`, server.line, kind === 0 ? [keychain(`m${i}-0`, 10)] : []),
    ),
  );
  return deduct(report);
}

/** Names that try to be something else. The core escapes control characters; the window must stand the rest. */
export function hostile(): Report {
  const report = ordinary();
  const long = 'a-very-long-name-'.repeat(600);
  const names = ['<img src=x onerror=alert(1)>', long, 'שרת הקבצים שלי (safe)', '{@html "x"} ${1+1} {{7*7}}', 'x'.repeat(10_000), '😀 😀 emoji and\u00a0spaces   in a row', '\u2067github\u2069 lookalike'];
  report.servers = names.map((name, i) => server(`h${i}`, name, cursor, 3 + i, ['npx', '-y', `pkg ${name}`, '--eval', ' '.repeat(300) + 'end'], 20 + i * 11, {
    protection: 'sandbox',
    permissions: permissions([`/opt/${name}/bin/node`, `${name}@1.0.0`], {
      engine: 'landlock', leavesOpen: LEAVES_OPEN, read: [`~/${name}`], write: [`~/code/${name}`], network: 'hosts', reach: [`${'a'.repeat(60)}.${'b'.repeat(60)}.example.com`], variables: [name],
    }),
    made: [`~/${'deep/'.repeat(40)}.git`],
    refused: [{ host: `${'x'.repeat(63)}.${'y'.repeat(63)}.example`, port: 8443, times: 123_456, last: new Date(Date.now() - 5_400_000).toISOString() }],
  }));
  report.findings = report.servers.map((server, i) =>
    finding(`h${i}`, server, cursor, 'secret-in-env', 'Secret in plain text', 'CRED', 'high', `${server.name} holds a key in plain text.`, 3, [keychain(`h${i}`, 12)]),
  );
  return deduct(report);
}
