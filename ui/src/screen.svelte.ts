// Where the user is: the view, what is selected, what floats above it.

import { tick } from 'svelte';
import { asFailure } from './ask';
import type { Change, Credential, Failure, Finding, Fix, Server } from './generated/api';
import { changeOf } from './permissions';
import { session, UNANSWERED } from './session.svelte';
import { settled } from './settled.svelte';
import { count, fixKind, nameOf } from './words';

export const VIEWS = ['overview', 'findings', 'servers', 'secrets', 'activity', 'settings'] as const;
export type View = (typeof VIEWS)[number];

/** The selected row of a list, by id; remembers its place for when it disappears. */
export class Selection {
  id = $state<string | null>(null);
  index = $state(0);

  /** The selected item: still the same one, else the one that took its place. */
  of<T extends { id: string }>(items: readonly T[]): T | null {
    return items.find((item) => item.id === this.id) ?? items[Math.min(this.index, items.length - 1)] ?? null;
  }

  /** Keeps id and place in step with the list as it is now. */
  settle(items: readonly { id: string }[]): void {
    const now = this.of(items);
    if (!now) return;
    this.id = now.id;
    this.index = items.findIndex((item) => item.id === now.id);
  }
}

/** Whether list and detail stand one after the other (the same width as in the styles). */
export function isNarrow(): boolean {
  return window.matchMedia('(max-width: 719px)').matches;
}

/** The selected row of the list in sight. */
export function selectedRow(): HTMLElement | null {
  const rows = document.querySelectorAll<HTMLElement>('main [data-row][tabindex="0"]');
  return [...rows].find((row) => row.offsetParent !== null) ?? null;
}

/** Gives the focus, if what had it is gone, to the selected row or the page. */
export function refocus(): void {
  const held = document.activeElement;
  if (held !== null && held !== document.body) return;
  // Not into a box to type in, where the keys of the window mean something else.
  const page = () => document.querySelector<HTMLElement>('main [role="region"][tabindex="0"], main [data-pane]');
  const row = selectedRow();
  if (row) return row.focus({ preventScroll: true });
  const landed = page() ?? document.querySelector<HTMLElement>('main .view');
  if (!landed) return;
  // Nobody chose it: it is marked from the first key on.
  landed.dataset.landed = '';
  for (const ends of ['keydown', 'blur']) landed.addEventListener(ends, () => delete landed.dataset.landed, { once: true });
  landed.focus({ preventScroll: true });
}

export type Toast = {
  text: string;
  /** What Undo takes back. */
  change: string | null;
  /** The change moved a key, so there may be copies of it. */
  moved: boolean;
  /** Changes that were made together, in their order: Undo takes all of them back. */
  all?: readonly string[];
  /** Takes back what is no change of a file, and whether that still stands. */
  back?: { run: () => Promise<unknown>; stands: () => boolean };
};

/** Whose changes Activity shows. */
export type Whose = 'all' | 'warder' | 'others';

/** What floats above the view, besides the sheets about one thing. */
export type Floating =
  | { what: 'palette' }
  | { what: 'safe' }
  | { what: 'export' }
  /** `key`: an item or a reminder. */
  | { what: 'paste'; key: string; label: string }
  | { what: 'forget'; key: Credential }
  | { what: 'forgetHistory' };

class Screen {
  view = $state<View>('overview');
  server = new Selection();
  finding = new Selection();
  serverFilter = $state('');
  findingFilter = $state('');
  /** Which entry of the selected server the detail shows, by id; null: the one that needs most. */
  place = $state<string | null>(null);
  secretFilter = $state('');
  whose = $state<Whose>('all');
  /** Overview says why the score is what it is; stays open while one goes through its doors. */
  why = $state(false);
  /** In a narrow window, and for a server: the detail instead of the list. */
  opened = $state(false);
  /** `server`: a server's id; `host`: only that it may reach this one besides. */
  sheet = $state.raw<{ server: string | null; fix: Fix; host: string | null; failed?: Failure } | null>(null);
  /** The finding that is about to be lived with. */
  accepting = $state.raw<Finding | null>(null);
  /** The entry whose change is about to be approved. */
  approving = $state.raw<Server | null>(null);
  /** The server whose package is looked at for a newer version. */
  updating = $state.raw<Server | null>(null);
  /** The finding whose rule is being read about. */
  rule = $state.raw<Finding | null>(null);
  /** The change whose keys' copies are looked for; null in it: all keys. */
  copies = $state.raw<{ change: string | null } | null>(null);
  /** The keys to be replaced are shown. */
  rotating = $state(false);
  help = $state(false);
  places = $state(false);
  #toast = $state.raw<Toast | null>(null);
  /** What was done in this window and could be taken back when it was told, newest last. */
  #done: readonly Toast[] = [];
  floating = $state.raw<Floating | null>(null);
  /** Why an act without a place of its own was not done. */
  trouble = $state.raw<Failure | null>(null);
  /** The fix that is applied without its sheet right now. */
  quick = $state<string | null>(null);
  /** What was said last to those who cannot see it. */
  said = $state('');

  get toast(): Toast | null {
    return this.#toast;
  }

  set toast(toast: Toast | null) {
    this.#toast = toast;
    if (toast && stands(toast)) this.#done = [...this.#done, toast];
  }

  go(view: View): void {
    this.view = view;
    this.opened = false;
    this.trouble = null;
    // What had the focus may be gone with the old view; in the column its keys would go to another view's entry.
    const named = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>('[data-test^="nav-"]');
    if (named && named.dataset.test !== `nav-${view}`) named.blur();
    void tick().then(refocus);
  }

  /** To a view that was named from outside. */
  come(name: string): void {
    const view = VIEWS.find((view) => view === name);
    if (view) this.go(view);
  }

  float(floating: Floating): void {
    this.toast = null;
    this.floating = floating;
  }

  /** Does an act of the one table; what goes wrong stands on top of the view. */
  async act(run: () => unknown): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.trouble = asFailure(error);
    }
  }

  /** From the detail to its list, and from there out of what the list was opened for; whether there was a way out. */
  stepOut(): boolean {
    const inList = document.activeElement?.closest('[data-row]') ?? null;
    if (!this.opened || !(isNarrow() || (this.view === 'servers' && inList))) return false;
    this.closeDetail();
    return true;
  }

  /** `id`: one entry of a server; its row may stand for several. */
  showServer(id: string): void {
    this.serverFilter = '';
    this.server.id = session.identity(id)?.id ?? id;
    this.place = id;
    this.view = 'servers';
    this.opened = true;
  }

  showFinding(id: string): void {
    this.findingFilter = session.finding(id)?.accepted ? 'is:accepted' : '';
    this.finding.id = id;
    this.view = 'findings';
    this.opened = true;
  }

  showFindings(filter: string): void {
    this.findingFilter = filter;
    this.finding.index = 0;
    this.finding.id = null;
    this.go('findings');
  }

  /** Goes from the list to the detail, with the focus. */
  openDetail(): void {
    this.opened = true;
    void tick().then(() => document.querySelector<HTMLElement>('[data-pane]')?.focus());
  }

  /** Goes back to the list, with the focus. */
  closeDetail(): void {
    this.opened = false;
    void tick().then(() => selectedRow()?.focus());
  }

  /** Says something to those who cannot see it: the one polite voice of the window. */
  say(text: string): void {
    // The same words once more are a change too.
    this.said = this.said === text ? `${text}\u00a0` : text;
  }

  /** Opens a fix's sheet; steps for the user have none. */
  preview(finding: Finding, fix: Fix): void {
    if (fix.safety === 'manual') return;
    this.toast = null;
    if (settled.settings.quick && fix.safety === 'safe' && fix.asks === 'nothing') void this.#quickly(finding, fix);
    else this.sheet = { server: finding.server, fix, host: null };
  }

  /** Applies a safe fix at once, starting nothing; if that fails its sheet says why. */
  async #quickly(finding: Finding, fix: Fix): Promise<void> {
    if (this.quick !== null) return;
    this.quick = fix.id;
    try {
      const preview = await session.preview(fix.id, UNANSWERED);
      this.applied(await session.apply(preview, UNANSWERED, false), fix);
    } catch (error) {
      this.sheet = { server: finding.server, fix, host: null, failed: asFailure(error) };
    }
    this.quick = null;
  }

  /** Opens what a fenced server may do, to change it; with a host, what changes when it may reach that one too. */
  permit(server: Server, host: string | null): void {
    this.toast = null;
    this.sheet = { server: server.id, fix: changeOf(server, host === null ? 'Change permissions' : 'Allow'), host };
  }

  applied(change: Change, fix: Fix): void {
    this.sheet = null;
    this.toast = { text: change.title, change: change.id, moved: fixKind(fix) === 'keychain' };
  }

  /** A finding is lived with; it can be counted in full again at once. */
  accepted(finding: Finding): void {
    this.accepting = null;
    const now = () => session.finding(finding.id);
    const run = async () => {
      const accepted = now();
      if (accepted?.accepted) await session.withdraw(accepted);
      this.toast = { text: 'Counted in full again', change: null, moved: false };
    };
    const server = session.server(finding.server);
    const text = `Accepted: ${finding.title}${server ? `, ${nameOf(server).slice(0, 60)}` : ''}`;
    this.toast = { text, change: null, moved: false, back: { run, stands: () => (now()?.accepted ?? null) !== null } };
  }

  approved(change: Change): void {
    this.approving = null;
    this.toast = { text: change.title, change: change.id, moved: false };
  }

  replaced(change: Change): void {
    this.floating = null;
    this.toast = { text: change.title, change: change.id, moved: false };
    void session.scan();
  }

  updated(change: Change): void {
    this.updating = null;
    this.toast = { text: change.title, change: change.id, moved: false };
  }

  /** Takes a change back and says so; a refusal stands beside the change in Activity. */
  async undo(id: string): Promise<void> {
    const change = await session.undo(id);
    if (change) this.toast = { text: `Undone: “${change.title}”`, change: null, moved: false };
    else if (session.refused[id]) {
      this.toast = null;
      this.showChanges();
      void tick().then(() => document.getElementById(`change-${id}`)?.focus());
    }
  }

  /** Activity, with Warder's own changes in sight. */
  showChanges(): void {
    if (this.whose === 'others') this.whose = 'all';
    this.go('activity');
  }

  /** Takes back changes that were made together, the last first. */
  async undoAll(ids: readonly string[]): Promise<void> {
    const undone = await session.undoAll(ids);
    if (undone.length === ids.length) this.toast = { text: `Undone: ${count(undone.length, 'fix', 'fixes')}`, change: null, moved: false };
    else this.showChanges();
    if (undone.length < ids.length) this.toast = null;
  }

  /** Takes back what a message told of. */
  async takeBack(told: Toast): Promise<void> {
    if (told.back) await this.act(told.back.run);
    else if (told.all) await this.undoAll(idsOf(told));
    else if (told.change !== null) await this.undo(told.change);
  }

  /**
   * What ⌘Z takes back: the last thing that was done in this window and still stands. Nobody has an older one in mind,
   * and a key would stand in plain text again: Activity shows it.
   */
  undoLast(): void {
    const last = this.#done.findLast(stands);
    if (last) void this.takeBack(last);
    else {
      this.showChanges();
      // Until it is known what stands before an undo, none can be pressed.
      void session.lookAtUndo().then(() => tick()).then(() => document.querySelector<HTMLElement>('[data-test="change-undo"]')?.focus());
    }
  }

  /** Whether there is anything that could be taken back, here or in Activity. */
  get undoable(): boolean {
    return this.#done.some(stands) || session.log.some((change) => !change.undone);
  }
}

const stands = (told: Toast): boolean => (told.back ? told.back.stands() : idsOf(told).length > 0);

/** The changes that a message told of and that nobody took back since. */
function idsOf({ change, all }: Toast): string[] {
  const undone = (id: string) => session.log.some((one) => one.id === id && one.undone);
  return (all ?? (change === null ? [] : [change])).filter((id) => !undone(id));
}

export const screen = new Screen();
