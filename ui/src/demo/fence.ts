// What the made-up servers may do in their sandboxes, and how that changes.

import type {
  Choices, Learned, Permissions, PermissionsChange, Preview, Proposal, ProposedFolder, ProposedHost, Server, Update,
} from '../generated/api';

const full = (shown: string) => shown.replace(/^~/, '/home/ana');
const short = (path: string) => path.replace(/^\/home\/ana/, '~');

export const LEAVES_OPEN = [
  'The server sees which other programs run, with their command lines, and the names and sizes of hidden files.',
  'It can start any number of programs, and one that keeps starting itself anew can outlive it.',
  'In a writable folder without a project it can make files that other programs run, such as .vscode/tasks.json.',
  'It can change the permissions and times of your files, hidden ones too, and slow other programs of yours down.',
];

export function permissions(run: string[], more: Partial<Permissions> = {}): Permissions {
  return { engine: 'bubblewrap', leavesOpen: [], read: [], write: [], network: 'none', reach: [], run, variables: [], keepsHome: null, userNamespaces: false, ...more };
}

const named = (shown: string, write: boolean, why: string): ProposedFolder => ({ path: full(shown), shown, write, why, fixed: true });

/** What a fence would allow, by the name of the server it is for. */
const PROPOSED: Record<string, Partial<Proposal>> = {
  github: { network: 'hosts', hosts: [{ host: 'api.github.com', why: 'the catalogue: what @modelcontextprotocol/server-github calls' }] },
  files: { folders: [named('~/code/app', true, 'its argument'), named('~/.config/files.json', false, 'its variable FILES_CONFIG')] },
  playwright: {
    network: null,
    notes: ['playwright opens whatever page it is asked to, so no list of hosts would do.'],
  },
  memory: { notes: ['It keeps its data in a home of its own, ~/.warder/homes/memory-7c1.'] },
};

export function propose(fix: string, server: Server): Proposal {
  const now = server.permissions;
  if (!now) return { fix, engine: 'bubblewrap', folders: [], network: 'none', hosts: [], notes: [], learns: null, ...PROPOSED[server.name] };
  const own = (shown: string) => shown.startsWith('~/.warder/');
  const folder = (shown: string, write: boolean): ProposedFolder =>
    ({ path: full(shown), shown, write, why: own(shown) ? 'its own program' : 'allowed before', fixed: own(shown) });
  return {
    fix, engine: now.engine, notes: [], learns: server.command.join(' ').replace(' run ', ' learn '), network: now.network, hosts: now.reach.map((host): ProposedHost => ({ host, why: 'allowed before' })),
    folders: [...now.read.map((shown) => folder(shown, false)), ...now.write.map((shown) => folder(shown, true))],
  };
}

/** What one watched start came to. */
export function learned(server: string): Learned {
  return {
    server, outcome: 'It started and lists 12 tools.', notes: [],
    folders: [
      { path: full('~/.cache/mcp'), shown: '~/.cache/mcp', write: true, why: 'it tried to write there 4 times', fixed: false },
      { path: full('~/.gitconfig'), shown: '~/.gitconfig', write: false, why: 'it tried to read it 3 times', fixed: false },
    ],
    hosts: [{ host: 'telemetry.example.com', why: 'it tried to reach it 2 times' }],
    warnings: ['It tried to use ~/.ssh/config once: keys, logins or what other programs run lie there, so no sandbox opens it.'],
    tools: [{ name: 'list_tables', shown: 'list_tables', reads: true }, { name: 'vacuum', shown: 'vacuum', reads: false }],
  };
}

/** What it may once this was chosen; null where the network must be answered first. */
export function chosen(proposal: Proposal, choices: Choices, server: Server): Permissions | null {
  const network = choices.network ?? proposal.network;
  if (network === null) return null;
  const stays = (write: boolean) => proposal.folders.filter((one) => one.fixed && one.write === write && !choices.read.includes(one.path)).map((one) => one.path);
  const hosts = choices.network === null ? proposal.hosts.map((one) => one.host) : choices.hosts;
  const reach = network === 'hosts' ? [...hosts].sort() : [];
  const engine = choices.engine ?? proposal.engine;
  const base = server.permissions ?? permissions([`/usr/bin/${server.command[0]}`, `${server.command.find((word) => word.includes('/')) ?? server.name}@2025.11.25`]);
  return {
    ...base, engine, leavesOpen: engine === 'landlock' ? LEAVES_OPEN : [],
    read: [...stays(false), ...choices.read].map(short).sort(), write: [...stays(true), ...choices.keep].map(short).sort(),
    network: network === 'hosts' && reach.length === 0 ? 'none' : network, reach,
  };
}

export function change(before: Permissions | null, after: Permissions): PermissionsChange {
  const say = (of: Permissions) => [
    ...of.read.map((path) => `It may read ${path}.`), ...of.write.map((path) => `It may write in ${path}.`), ...of.reach.map((host) => `It may reach ${host}.`),
    ...(of.network === 'all' ? ['It may reach everything.'] : []), ...of.leavesOpen,
  ];
  const beyond = (one: Permissions, other: Permissions) => {
    const covered = [...say(one), ...one.write.map((path) => `It may read ${path}.`), ...(one.network === 'all' ? other.reach.map((host) => `It may reach ${host}.`) : [])];
    return say(other).filter((text) => !covered.includes(text));
  };
  return { before, after, more: before ? beyond(before, after) : [], less: before ? beyond(after, before) : [] };
}

/** What a change of a fence's permissions would do. */
export function previewOf(fix: string, server: Server, shown: string, after: Permissions): Preview {
  const difference = change(server.permissions, after);
  const hosts = difference.more.map((text) => /^It may reach (.*)\.$/.exec(text)?.[1] ?? '');
  return {
    fix, title: hosts.length > 0 && hosts.every(Boolean) && difference.less.length === 0 ? `Let ${server.name} reach ${hosts.join(', ')}` : `Change what ${server.name} may do`,
    summary: 'Only what its sandbox allows is changed; the entry stays as it is.', safety: 'review', path: shown, diff: [], seen: 'stamp', effect: 'stamp',
    notes: ['It counts from the next start of the server.'], verify: [server.command.join(' ')], verifyRefused: null, score: null, permissions: difference,
  };
}

export function update(server: Server, shown: string): Update {
  const installed = server.permissions?.run[1] ?? '';
  const at = installed.lastIndexOf('@');
  const [name, version] = [installed.slice(0, at), installed.slice(at + 1)];
  const same = name === 'mcp-server-sqlite';
  return {
    server: server.id, name: server.name, clientName: server.client_name, shown, package: name, installed: version, served: same ? version : '2.0.1', whole: true,
    added: same ? [] : ['undici 7.3.0'], removed: same ? [] : ['node-fetch 3.3.2', 'formdata-polyfill 4.0.10'],
    changed: same ? [] : ['zod 3.25.1 → 3.26.0', '@modelcontextprotocol/sdk 1.12.0 → 1.21.2'], scripts: same ? [] : ['esbuild'],
    files: same ? [412, 412] : [1184, 1207], notes: same ? [`${name} ${version} is what its registry serves.`] : [], seen: same ? null : 'stamp',
  };
}
