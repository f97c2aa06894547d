// The credentials of the made-up machine: those that its findings name, and what was moved.

import type { Credential, CredentialUse, Key, KeychainState, Reminder, Report, Secrets } from '../generated/api';

const KINDS: Record<string, string> = { GITHUB_TOKEN: 'a GitHub token', BRAVE_API_KEY: 'a Brave Search key', password: 'a database password' };
const AS: Record<string, string> = { 'secret-in-url': 'the URL' };

/** What a finding names: `GITHUB_TOKEN`; a password has no name. */
export const labelOf = (message: string) => /^[A-Z][A-Z0-9_]+(?= )/.exec(message)?.[0] ?? 'password';

export function secrets(report: Report, keys: readonly Key[], reminders: readonly Reminder[], keychain: KeychainState): Secrets {
  const use = (id: string | null, line: number | null, usedAs: string, finding: string): CredentialUse[] => {
    const server = report.servers.find((server) => server.id === id);
    return server ? [{ server: server.id, name: server.name, clientName: server.client_name, shown: report.files.find((file) => file.id === server.file)?.shown ?? null, unread: null, line, usedAs, finding }] : [];
  };
  const plain = report.findings.filter((finding) => finding.rule.startsWith('secret-')).map((finding): Credential => {
    const label = labelOf(finding.message);
    return {
      id: `plain-${finding.id}`, label, kind: KINDS[label] ?? null, place: 'plain', since: '2026-05-03T08:00:00Z', finding: finding.id, item: null, orphan: false,
      reminder: reminders.find((one) => one.key === label && !one.done) ?? null, uses: use(finding.server, finding.line, AS[finding.rule] ?? label, finding.id),
    };
  });
  const moved = keys.filter((key) => !plain.some((one) => one.label === key.label)).map((key): Credential => ({
    id: key.id, label: key.label, kind: KINDS[key.label] ?? null, place: 'keychain', since: key.since, finding: null, item: key.id, orphan: key.orphan,
    reminder: reminders.find((one) => one.key === key.label && !one.done) ?? null,
    uses: key.uses.map((one) => ({ server: report.servers.find((server) => server.name === one.name && server.client_name === one.client_name)?.id ?? null, name: one.name, clientName: one.client_name, shown: one.shown, unread: one.unread, line: null, usedAs: one.used_as, finding: null })),
  }));
  return { credentials: [...plain, ...moved], keychain };
}
