// What the user settled once, kept by the core; a change counts at once and is
// taken back where the core refuses it.

import { ask, asFailure } from './ask';
import type { Answer, Failure, Settings, SettingsPage, Theme } from './generated/api';
import { session } from './session.svelte';

/** As the core has them as long as nothing is known. */
const UNSETTLED: Settings = {
  theme: 'system', letters: true, quick: false, watch: true, tray: false, notify: true, login: false, projects: [], files: [], editor: null,
};

class Settled {
  page = $state.raw<SettingsPage | null>(null);
  /** Why the settings could not be read. */
  failure = $state.raw<Failure | null>(null);
  /** Why a setting stayed as it was, by its name. */
  refused = $state.raw<Partial<Record<keyof Settings, Failure>>>({});
  settings = $derived(this.page?.settings ?? UNSETTLED);
  #queue: Promise<unknown> = Promise.resolve();

  async read(): Promise<void> {
    try {
      this.#show(await ask({ ask: 'settings' }));
      this.failure = null;
    } catch (error) {
      this.failure = asFailure(error);
    }
  }

  /** Settles one thing; false, and `refused` says why, if that was not possible. */
  change<K extends keyof Settings>(name: K, value: Settings[K]): Promise<boolean> {
    const before = this.settings[name];
    this.#set(name, value);
    // One after the other: each sends all of them.
    const turn = this.#queue.then(() => this.#settle(name, before));
    this.#queue = turn;
    return turn;
  }

  async #settle<K extends keyof Settings>(name: K, before: Settings[K]): Promise<boolean> {
    const { [name]: _, ...others } = this.refused;
    this.refused = others;
    try {
      this.#show(await ask({ ask: 'settle', settings: this.settings }));
    } catch (error) {
      this.#set(name, before);
      this.refused = { ...this.refused, [name]: asFailure(error) };
      return false;
    }
    if (name === 'projects' || name === 'files') await session.scan();
    return true;
  }

  #set<K extends keyof Settings>(name: K, value: Settings[K]): void {
    if (this.page) this.page = { ...this.page, settings: { ...this.page.settings, [name]: value } };
    if (name === 'theme') wear(value as Theme);
  }

  #show(answer: Answer): void {
    if (answer.answer !== 'settings') throw asFailure(`expected settings, got ${answer.answer}`);
    this.page = answer.with;
    wear(this.settings.theme);
  }
}

/** Puts a theme on the whole page; the shell puts it on the window. */
function wear(theme: Theme): void {
  const root = document.documentElement;
  if (theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme;
}

export const settled = new Settled();
