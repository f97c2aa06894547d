// What the core said last, and what it may be asked to do.
//
// The old report stays until the new one is there; two scans never overlap.

import { ask, asFailure, onChanged, onStep } from './ask';
import type {
  Answer, Approval, Blocked, Change, Choices, Detail, Exported, Failure, File, Finding, Folder, Learned, News, NewsPage, Preview, Proposal, Reason, Reminder,
  Report, ReportShape, Request, Residue, RulePage, Restoring, SafeFixes, Secrets, Server, Stamp, Unread, Update,
} from './generated/api';
import { tally } from './filter';
import { CONFIDENCES, SEVERITIES } from './words';

/** A fix that nothing was chosen for. */
export const UNANSWERED: Choices = { keep: [], read: [], network: null, hosts: [], engine: null };

/** One server, with every entry that starts it; what needs most stands first. */
export type Identity = {
  id: string;
  /** What most of its entries call it. */
  name: string;
  servers: Server[];
};

/** Most important first: severity, then whether a click mends it, then how sure it is. */
function byWeight(a: Finding, b: Finding): number {
  const weight = ({ severity, fixes, confidence }: Finding) =>
    SEVERITIES.indexOf(severity) * 100 + (fixes.some((fix) => fix.safety === 'safe') ? 0 : 10) + SURE.indexOf(confidence);
  return weight(a) - weight(b);
}
const SURE = Object.keys(CONFIDENCES);

/** An entry that runs, as it stands in its file, with all rights, comes before one that does not. */
function byNeed(a: Server, b: Server): number {
  const need = (server: Server) => (server.enabled ? 0 : 8) + (stopped(server) ? 0 : server.protection === 'sandbox' ? 2 : 1);
  return need(a) - need(b);
}

type Telling = Extract<Answer, { with: unknown }>;
type With<K extends Telling['answer']> = Extract<Telling, { answer: K }>['with'];

/** Questions that are not answered yet. */
let pending = 0;

/** Asks; with the last answer, no step of the core's runs any more. */
async function put(request: Request): Promise<Answer> {
  pending += 1;
  try {
    return await ask(request);
  } finally {
    pending -= 1;
    if (pending === 0) session.step = null;
  }
}

/** Asks, and insists on the kind of answer that belongs to the question. */
async function want<K extends Telling['answer']>(kind: K, request: Request): Promise<With<K>> {
  const answer = await put(request);
  if (answer.answer !== kind) throw asFailure(`expected ${kind}, got ${answer.answer}`);
  return (answer as Telling).with as With<K>;
}

/** It is not what was approved, so it does not start; nobody has judged what it is now. */
export function stopped({ protection }: Server): boolean {
  return protection === 'changed' || protection === 'broken';
}

class Session {
  report = $state.raw<Report | null>(null);
  log = $state.raw<Change[]>([]);
  scanning = $state(false);
  /** Why the last scan was not done; null after one that was. */
  failure = $state.raw<Failure | null>(null);
  /** Why an undo was not done, by the change's id. */
  refused = $state.raw<Record<string, Failure>>({});
  /** Changes that cannot be taken back as things are now, by their ids; null until that is known. */
  blocked = $state.raw<Record<string, Blocked> | null>(null);
  /** The change being taken back. */
  undoing = $state<string | null>(null);
  /** What others changed; the old page stays until the new one is there, and where it cannot be had. */
  page = $state.raw<NewsPage | null>(null);
  /** Every credential; null until it is known. */
  secrets = $state.raw<Secrets | null>(null);
  /** Why the credentials could not be listed. */
  closed = $state.raw<Failure | null>(null);
  /** What the core does right now, in its own words, without a full stop; null when nothing that takes long. */
  step = $state<string | null>(null);

  /** Worst first; entries without a score last. */
  servers = $derived.by((): Server[] => {
    // What does not start as approved comes first, whatever its new words would be worth.
    const worst = (server: Server) => (stopped(server) ? -1 : (server.score.score ?? 101));
    return [...(this.report?.servers ?? [])].sort((a, b) => worst(a) - worst(b) || a.name.localeCompare(b.name));
  });
  /** The same servers, each once, however many clients have it; those that are switched off everywhere last. */
  identities = $derived.by((): Identity[] => {
    const of = new Map<string, Identity>();
    const all: Identity[] = [];
    for (const server of this.servers) {
      let identity = of.get(server.id);
      if (!identity) {
        identity = { id: server.id, name: server.name, servers: [] };
        for (const id of [server.id, ...server.also]) if (!of.has(id)) of.set(id, identity);
        all.push(identity);
      }
      // The same whichever entry is worst, so that a row stays the one it was.
      if (server.id < identity.id) identity.id = server.id;
      identity.servers.push(server);
    }
    for (const identity of all) {
      identity.servers.sort(byNeed);
      identity.name = tally(identity.servers, ({ name }) => [name])[0]?.value ?? identity.name;
    }
    const off = ({ servers }: Identity) => Number(servers.every((server) => !server.enabled));
    return all.sort((a, b) => off(a) - off(b));
  });
  #identity = $derived(new Map(this.identities.flatMap((identity) => identity.servers.map((server) => [server.id, identity]))));
  /** Findings that nobody accepted. */
  open = $derived.by(() => this.findings.filter((finding) => finding.accepted === null));
  findings = $derived([...(this.report?.findings ?? [])].sort(byWeight));
  /** Files that are there but could not be read. */
  broken = $derived((this.report?.files ?? []).filter((file) => file.error !== null));
  /** Those of them of which nobody knows what they hold: the score is not over them. */
  unread = $derived(this.broken.filter((file) => file.state !== 'read'));
  /** Files that are there. */
  watched = $derived((this.report?.files ?? []).filter((file) => file.state !== 'missing').length);
  /** Findings that one click mends safely. */
  safe = $derived(this.findings.filter((finding) => finding.accepted === null && finding.fixes.some((fix) => fix.safety === 'safe')).length);
  /** What others changed, newest first. */
  news = $derived<readonly News[]>(this.page?.news ?? []);
  unseen = $derived(this.news.filter((one) => !one.seen).length);
  /** Open findings that were not there when the user looked last, most important first. */
  fresh = $derived((this.page?.findings ?? []).map((id) => this.finding(id)).filter((finding) => finding !== null));

  #server = $derived(new Map(this.report?.servers.map((server) => [server.id, server])));
  #file = $derived(new Map(this.report?.files.map((file) => [file.id, file])));
  #finding = $derived(new Map(this.report?.findings.map((finding) => [finding.id, finding])));
  #byServer = $derived.by((): Map<string, Finding[]> => {
    const groups = new Map<string, Finding[]>();
    for (const finding of this.findings) {
      if (finding.server === null) continue;
      // What weighs on several servers is said once and stands with each.
      for (const server of [finding.server, ...finding.also]) {
        const group = groups.get(server);
        if (group) group.push(finding);
        else groups.set(server, [finding]);
      }
    }
    return groups;
  });
  #details = new Map<string, Promise<Detail>>();
  #again = false;
  #running: Promise<void> | null = null;

  #new = $derived(new Set(this.page?.findings));

  server(id: string | null): Server | null { return (id !== null && this.#server.get(id)) || null; }
  /** The server that an entry is one of. */
  identity(id: string | null): Identity | null { return (id !== null && this.#identity.get(id)) || null; }
  file(id: string | null): File | null { return (id !== null && this.#file.get(id)) || null; }
  /** The servers that stood in a file before it could not be read. */
  lostIn(file: File): Unread | null { return this.page?.unread.find((one) => one.file === file.id) ?? null; }
  finding(id: string | null): Finding | null { return (id !== null && this.#finding.get(id)) || null; }
  /** Whether it was not there when the user looked last. */
  isNew(finding: Finding): boolean { return this.#new.has(finding.id); }
  /** Whether a change by others stands on top of Overview as what is so now: a broken file, an entry that does not start. */
  isNow({ kind, shown, server }: News): boolean {
    if (kind === 'fileBroken') return this.broken.some((file) => file.shown === shown);
    const now = kind === 'approvalBroken' ? this.server(server) : null;
    return now !== null && stopped(now);
  }
  /** A server's findings, worst first. */
  findingsOf(server: Server): Finding[] { return this.#byServer.get(server.id) ?? []; }

  /** Reads everything now, and again whenever a config changes. */
  async start(): Promise<void> {
    await Promise.all([onStep((words) => { if (pending > 0) this.step = words; }), onChanged(() => void this.scan()), this.scan()]);
  }

  /** Reads everything again; asked while it runs, it runs once more. */
  scan(): Promise<void> {
    this.#again = true;
    return (this.#running ??= this.#scan());
  }

  async #scan(): Promise<void> {
    this.scanning = true;
    while (this.#again) {
      this.#again = false;
      try {
        const report = await want('report', { ask: 'scan' });
        // What stands on the page beside the report comes with it, so that nothing moves afterwards.
        const [log, page] = await Promise.all([want('log', { ask: 'log' }), want('news', { ask: 'news' }).catch(() => this.page)]);
        this.#show(report);
        this.log = log;
        this.page = page;
        this.failure = null;
        void this.lookAtSecrets();
      } catch (error) {
        this.failure = asFailure(error);
      }
    }
    this.scanning = false;
    this.#running = null;
  }

  /** Asked once per finding and report. */
  detail(finding: Finding): Promise<Detail> {
    let detail = this.#details.get(finding.id);
    if (!detail) {
      detail = want('detail', { ask: 'detail', finding: finding.id });
      this.#details.set(finding.id, detail);
      detail.catch(() => this.#details.delete(finding.id));
    }
    return detail;
  }

  /** All that is written about a rule. */
  rule(id: string): Promise<RulePage> {
    return want('rule', { ask: 'rule', id });
  }

  /** A change with its difference; the log has none. */
  change(id: string): Promise<Change> {
    return want('change', { ask: 'change', change: id });
  }

  /** Asks which changes cannot be taken back now. Where that cannot be told, each undo tells by itself. */
  async lookAtUndo(): Promise<void> {
    const blocked = await want('blocked', { ask: 'blocked' }).catch((): Blocked[] => []);
    this.blocked = Object.fromEntries(blocked.map((one) => [one.change, one]));
  }

  preview(fix: string, choices: Choices): Promise<Preview> {
    return want('preview', { ask: 'preview', fix, choices });
  }

  suggest(fix: string): Promise<Folder[]> {
    return want('folders', { ask: 'suggest', fix });
  }

  /** Starts a fenced server once, watched, and calls this tool with nothing if one is named: what it was refused. */
  learn(server: string, tool: string | null): Promise<Learned> {
    const calls = tool === null ? [] : [{ tool, arguments: {} }];
    return want('learned', { ask: 'learn', server, calls });
  }

  /** The repositories that came to be where a server may write were looked at. */
  async lookedAt({ id: server, made }: Server): Promise<void> {
    this.#show(await want('report', { ask: 'lookedAt', server, made }));
  }

  /** What a sandbox fix would allow by itself, or a fenced server may now. */
  propose(fix: string): Promise<Proposal> {
    return want('proposal', { ask: 'propose', fix });
  }

  /** Lists every credential anew. */
  async lookAtSecrets(): Promise<void> {
    try {
      this.secrets = await want('secrets', { ask: 'secrets' });
      this.closed = null;
    } catch (error) {
      this.closed = asFailure(error);
    }
  }

  /** Deletes a key that nothing uses any more. */
  async forget(item: string): Promise<void> {
    await want('keys', { ask: 'forget', key: item });
    await this.lookAtSecrets();
  }

  /** What the server was refused whose check failed last; null where that was nothing. */
  missed(): Promise<Learned | null> {
    return want('learned', { ask: 'missed' }).catch(() => null);
  }

  /** These changes by others were seen; null: all of them, and all that was found. */
  async seen(changes: string[] | null = null): Promise<void> {
    this.page = await want('news', { ask: 'seenNews', changes });
  }

  /** Puts an entry back as it was, with the keys that it has by now; the change that did it. */
  async restore(server: string): Promise<Change | null> {
    const before = new Set(this.log.map(({ id }) => id));
    const done: Restoring[] = await want('restoring', { ask: 'restore', servers: [server] });
    await this.scan();
    for (const { failure } of done) if (failure) throw failure;
    return this.log.find(({ id, undone }) => !undone && !before.has(id)) ?? null;
  }

  /** One preview of every safe fix. */
  safeFixes(): Promise<SafeFixes> {
    return want('safe', { ask: 'safe' });
  }

  /** Makes one of those changes; the report stays as it is until the last one. */
  applySafe(fix: string, effect: Stamp): Promise<Change> {
    return want('change', { ask: 'applySafe', fix, effect });
  }

  /** Writes a report; without a path into the downloads. */
  export(shape: ReportShape, path: string | null): Promise<Exported> {
    return want('exported', { ask: 'export', shape, path });
  }

  /** Where a report goes when no path is named. */
  exportPlace(shape: ReportShape): Promise<Exported> {
    return want('exported', { ask: 'exportPlace', shape });
  }

  /** Opens the report that was written last. */
  async openReport(): Promise<void> {
    await put({ ask: 'openReport' });
  }

  /** Opens a config file in the user's editor. */
  async edit(file: string, line: number | null): Promise<void> {
    await put({ ask: 'edit', file, line });
  }

  /** Deletes the history: nothing can be taken back any more. */
  async forgetHistory(): Promise<void> {
    this.log = await want('log', { ask: 'forgetHistory' });
  }

  /** Makes the change; answers when the report shows it. */
  async apply(preview: Preview, choices: Choices, verify: boolean): Promise<Change> {
    const change = await want('change', { ask: 'apply', fix: preview.fix, choices, seen: preview.seen, verify });
    await this.scan();
    return change;
  }

  /** What was approved of an entry, beside what it is now. */
  approval(server: Server): Promise<Approval> {
    return want('approval', { ask: 'approval', server: server.id });
  }

  /** Lets it start as it was shown; answers when the report shows it. */
  async approve(approval: Approval): Promise<Change> {
    const change = await want('change', { ask: 'approve', server: approval.server, seen: approval.seen });
    await this.scan();
    return change;
  }

  /** What the registry of a server's package serves now; may take minutes. */
  newer(server: Server): Promise<Update> {
    return want('update', { ask: 'newer', server: server.id });
  }

  /** Lets it run from what was shown; answers when the report shows it. */
  async update(server: string, seen: Stamp): Promise<Change> {
    const change = await want('change', { ask: 'update', server, seen });
    await this.scan();
    return change;
  }

  /** Copies of the keys that a change moved, null: of all; takes seconds. */
  residue(change: string | null): Promise<Residue> {
    return want('residue', { ask: 'residue', change });
  }

  /** The keys to be replaced. */
  reminders(): Promise<Reminder[]> {
    return want('reminders', { ask: 'reminders' });
  }

  rotated(reminder: string, done: boolean): Promise<Reminder[]> {
    return want('reminders', { ask: 'rotated', reminder, done });
  }

  /** Forgets a new key that was looked at. */
  async dropKey(): Promise<void> {
    await put({ ask: 'dropKey' }).catch(() => undefined);
  }

  /** Opens the provider's page in the browser. */
  openPage(reminder: string): Promise<Reminder[]> {
    return want('reminders', { ask: 'open', reminder });
  }

  /** Lives with a finding; answers when the report shows it. */
  async accept(finding: Finding, reason: Reason, note: string, days: number | null): Promise<void> {
    this.#show(await want('report', { ask: 'accept', finding: finding.id, reason, note, days }));
  }

  /** Counts it in full again. */
  async withdraw(finding: Finding): Promise<void> {
    this.#show(await want('report', { ask: 'withdraw', finding: finding.id }));
  }

  #show(report: Report): void {
    this.#details.clear();
    this.report = report;
  }

  /** Takes a change back; null, and `refused` says why, if that was not possible. */
  async undo(id: string): Promise<Change | null> {
    return (await this.undoAll([id]))[0] ?? null;
  }

  /** Takes changes back, the last of them first; ends at the first that is refused. */
  async undoAll(ids: readonly string[]): Promise<Change[]> {
    const undone: Change[] = [];
    if (this.undoing !== null) return undone;
    for (const id of [...ids].reverse()) {
      this.undoing = id;
      const { [id]: _, ...others } = this.refused;
      try {
        undone.push(await want('change', { ask: 'undo', change: id }));
        this.refused = others;
      } catch (error) {
        this.refused = { ...others, [id]: asFailure(error) };
        break;
      }
    }
    await this.scan();
    this.undoing = null;
    return undone;
  }
}

export const session = new Session();
