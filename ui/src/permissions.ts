// What a fenced server may do, as a form holds it and as the core is asked.

import type { Choices, EngineName, Fix, Learned, NetworkChoice, Proposal, Refused, Server } from './generated/api';

export const ENGINES: Record<EngineName, string> = { bubblewrap: 'bubblewrap', landlock: 'Landlock' };

/** The fix that changes what a fenced server may do. */
export function changeOf(server: Server, title = 'Change permissions'): Fix {
  return { id: `permissions:${server.id}`, title, safety: 'review', gain: null, steps: [], asks: 'sandbox' };
}

/** Whether a fix changes a fence that stands, and does not make one. */
export function isChange(fix: Fix): boolean {
  return fix.id.startsWith('permissions:');
}

/** The id of the server whose fence a fix changes. */
export function serverOf(fix: string): string {
  return fix.slice('permissions:'.length);
}

/** A refused host as `Choices.hosts` takes it: without the ports of the web, which are meant by none. */
export function hostOf({ host, port }: Refused): string {
  return port === 80 || port === 443 ? host : `${host}:${port}`;
}

/** The form as it is proposed; `host` is allowed besides. What stays by itself is not in it. */
export function choicesOf(proposal: Proposal, host: string | null): Choices {
  const free = proposal.folders.filter((folder) => !folder.fixed);
  const hosts = proposal.hosts.map((one) => one.host);
  return {
    keep: free.filter((folder) => folder.write).map((folder) => folder.path),
    read: free.filter((folder) => !folder.write).map((folder) => folder.path),
    network: host === null ? proposal.network : 'hosts',
    hosts: host === null || hosts.includes(host) ? hosts : [...hosts, host],
    engine: null,
  };
}

/** The same choices, and what a watched start was refused. */
export function besides(choices: Choices, more: Learned): Choices {
  const add = (to: readonly string[], paths: readonly string[]) => [...new Set([...to, ...paths])];
  const of = (write: boolean) => more.folders.filter((folder) => folder.write === write).map((folder) => folder.path);
  const keep = add(choices.keep, of(true));
  const network = more.hosts.length > 0 && choices.network !== 'all' ? 'hosts' : choices.network;
  const hosts = add(choices.network === 'none' ? [] : choices.hosts, more.hosts.map((one) => one.host));
  return { ...choices, keep, read: add(choices.read, of(false)).filter((path) => !keep.includes(path)), network, hosts };
}

/** Whether both allow the same, whatever the order; hosts count only where the network is theirs. */
export function isSame(one: Choices, other: Choices, engine: EngineName): boolean {
  const sorted = ({ keep, read, network, hosts, engine: chosen }: Choices) =>
    JSON.stringify([[...keep].sort(), [...read].sort(), network, network === 'hosts' ? [...hosts].sort() : [], chosen ?? engine]);
  return sorted(one) === sorted(other);
}

/** What the core is asked: a proposal taken as it is says nothing of the network, so that its notes come too. */
export function asked(fix: Fix, choices: Choices, proposal: Proposal): Choices {
  const first = choicesOf(proposal, null);
  const network = (of: Choices) => ({ ...first, network: of.network, hosts: of.hosts });
  const untouched = choices.network === null || isSame(network(choices), network(first), proposal.engine);
  return untouched && !isChange(fix) ? { ...choices, network: null, hosts: [] } : choices;
}

export const NETWORKS: readonly { network: NetworkChoice; words: string; means: string }[] = [
  { network: 'none', words: 'Nothing', means: 'no network at all' },
  { network: 'hosts', words: 'These hosts', means: 'and no others' },
  { network: 'all', words: 'Everything', means: 'the whole network, as without a sandbox' },
];
