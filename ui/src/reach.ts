// A server in the matrix: what its entries may do, in words, and the one act that it needs.

import type { Finding, Fix, Server } from './generated/api';
import { session, type Identity } from './session.svelte';
import { nameOf } from './words';

/** What stands at the end of a row. */
export type Act =
  | { kind: 'sandbox'; server: Server; finding: Finding; fix: Fix }
  | { kind: 'approve'; server: Server }
  | { kind: 'fenced' | 'remote' | 'broken' | 'off' }
  /** Nothing that one click previews: its page says what can be done. */
  | { kind: 'look' };

/** The fix that makes a fence around an entry. */
export function fence(server: Server): { finding: Finding; fix: Fix } | null {
  for (const finding of session.findingsOf(server)) {
    // What is said once for several servers is mended for the one it is said of.
    const fix = finding.server === server.id ? finding.fixes.find((fix) => fix.asks === 'sandbox') : undefined;
    if (fix) return { finding, fix };
  }
  return null;
}

export function actOf({ servers }: Identity): Act {
  const changed = servers.find((server) => server.protection === 'changed');
  if (changed) return { kind: 'approve', server: changed };
  if (servers.some((server) => server.protection === 'broken')) return { kind: 'broken' };
  const on = servers.filter((server) => server.enabled);
  if (on.length === 0) return { kind: 'off' };
  for (const server of on) {
    const way = server.protection === 'sandbox' ? null : fence(server);
    if (way) return { kind: 'sandbox', server, ...way };
  }
  if (on.every((server) => server.protection === 'sandbox')) return { kind: 'fenced' };
  return { kind: on.every((server) => server.transport !== 'stdio' || server.url !== null) ? 'remote' : 'look' };
}

/** How a server that is in a sandbox in some of its clients only is told: two short lines, and a sentence. */
export type Partly = { lines: [string, string]; sentence: string };

/** Null where all of its entries that are on are in a sandbox, or none of them is. */
export function partlyFenced({ servers }: Identity): Partly | null {
  const on = servers.filter((server) => server.enabled);
  const fenced = on.filter((server) => server.protection === 'sandbox');
  const others = on.filter((server) => server.protection !== 'sandbox');
  const [one] = fenced;
  const [other] = others;
  if (!one || !other) return null;
  const who = (all: Server[], first: Server) => (all.length === 1 ? first.client_name : `${all.length} entries`);
  const lines: Partly['lines'] = [`${who(fenced, one)}: in a sandbox`, `${who(others, other)}: not`];
  // Two entries of one client are no easier told apart by its name.
  const told = on.length === 2 && one.client_name !== other.client_name;
  const sentence = told ? `${one.client_name}'s is in a sandbox, ${other.client_name}'s is not` : `${fenced.length} of ${on.length} entries ${fenced.length === 1 ? 'is' : 'are'} in a sandbox`;
  return { lines, sentence };
}

/** The clients that have it, each once, and what it is called there where that differs. */
export function clientsOf({ name, servers }: Identity): string[] {
  return [...new Set(servers.map((server) => (server.name === name ? server.client_name : `${server.client_name} (as ${nameOf(server)})`)))];
}
