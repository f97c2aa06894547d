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
  /** What was changed and is not kept yet. */
  #wanted = $state.raw<Partial<Settings>>({});
  settings = $derived<Settings>({ ...(this.page?.settings ?? UNSETTLED), ...this.#wanted });
  /** One question after the other: each change sends all settings. */
  #queue: Promise<unknown> = Promise.resolve();

  read(): Promise<void> {
    return this.#next(() => this.#read());
  }

  /** Settles one thing; false, and `refused` says why, if that was not possible. */
  change<K extends keyof Settings>(name: K, value: Settings[K]): Promise<boolean> {
    this.#wanted = { ...this.#wanted, [name]: value };
    wear(this.settings.theme);
    return this.#next(() => this.#settle(name, value));
  }

  #next<T>(what: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(what);
    this.#queue = turn;
    return turn;
  }

  async #read(): Promise<void> {
    try {
      this.#show(await ask({ ask: 'settings' }));
      this.failure = null;
    } catch (error) {
      this.failure = asFailure(error);
    }
  }

  async #settle<K extends keyof Settings>(name: K, value: Settings[K]): Promise<boolean> {
    const { [name]: _, ...others } = this.refused;
    this.refused = others;
    try {
      // What is not known is not overwritten.
      if (!this.page) this.#show(await ask({ ask: 'settings' }));
      if (this.page) this.#show(await ask({ ask: 'settle', settings: { ...this.page.settings, [name]: value } }));
    } catch (error) {
      this.refused = { ...this.refused, [name]: asFailure(error) };
    }
    // Unless it was changed once more since.
    if (this.#wanted[name] === value) {
      const { [name]: _, ...rest } = this.#wanted;
      this.#wanted = rest as Partial<Settings>;
    }
    wear(this.settings.theme);
    if (this.refused[name]) return false;
    if (name === 'projects' || name === 'files') await session.scan();
    return true;
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
