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

/** The clients that have it, each once, and what it is called there where that differs. */
export function clientsOf({ name, servers }: Identity): string[] {
  return [...new Set(servers.map((server) => (server.name === name ? server.client_name : `${server.client_name} (as ${nameOf(server)})`)))];
}
