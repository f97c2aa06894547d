// Where the user is: the view, what is selected, what floats above it.

import { tick } from 'svelte';
import type { Change, Finding, Fix, Server } from './generated/api';
import { changeOf } from './permissions';
import { session } from './session.svelte';
import { fixKind } from './words';

export type View = 'overview' | 'servers' | 'findings' | 'activity';
export const VIEWS: readonly View[] = ['overview', 'servers', 'findings', 'activity'];

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
  (selectedRow() ?? page() ?? document.querySelector<HTMLElement>('main .view'))?.focus({ preventScroll: true });
}

/** `moved`: the change moved a key, so there may be copies of it. */
export type Toast = { text: string; change: string | null; moved: boolean };

class Screen {
  view = $state<View>('overview');
  server = new Selection();
  finding = new Selection();
  serverFilter = $state('');
  findingFilter = $state('');
  /** Which entry of the selected server the detail shows, by id; null: the one that needs most. */
  place = $state<string | null>(null);
  /** In a narrow window, and for a server: the detail instead of the list. */
  opened = $state(false);
  /** `server`: a server's id; `host`: only that it may reach this one besides. */
  sheet = $state.raw<{ server: string | null; fix: Fix; host: string | null } | null>(null);
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
  toast = $state.raw<Toast | null>(null);
  /** What was said last to those who cannot see it. */
  said = $state('');

  go(view: View): void {
    this.view = view;
    this.opened = false;
    // What had the focus may be gone with the old view.
    void tick().then(refocus);
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
    this.sheet = { server: finding.server, fix, host: null };
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

  approved(change: Change): void {
    this.approving = null;
    this.toast = { text: change.title, change: change.id, moved: false };
  }

  updated(change: Change): void {
    this.updating = null;
    this.toast = { text: change.title, change: change.id, moved: false };
  }

  /** Takes a change back and says so; a refusal stands beside the change in Activity. */
  async undo(id: string): Promise<void> {
    const change = await session.undo(id);
    if (change) this.toast = { text: `Undone: ${change.title}`, change: null, moved: false };
    else if (session.refused[id]) {
      this.toast = null;
      this.go('activity');
    }
  }

  /** What ⌘Z takes back: the change of the toast; without one, Activity has the focus on the newest. */
  undoLast(): void {
    if (this.toast?.change) void this.undo(this.toast.change);
    else {
      this.go('activity');
      void tick().then(() => document.querySelector<HTMLElement>('[data-test="change-undo"]')?.focus());
    }
  }
}

export const screen = new Screen();
