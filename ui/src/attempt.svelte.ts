// What a sheet is asked to do: whether it is at it, and why the last time failed.

import { asFailure } from './ask';
import type { Failure } from './generated/api';

export class Attempt {
  busy = $state(false);
  failure = $state.raw<Failure | null>(null);

  /** Tries it. What went wrong stands until the next try. */
  async at(what: () => Promise<unknown>): Promise<void> {
    this.busy = true;
    this.failure = null;
    try {
      await what();
    } catch (error) {
      this.failure = asFailure(error);
    }
    this.busy = false;
  }
}

/** A held Enter must not say yes to what nobody has seen yet. */
export function notHeld(event: KeyboardEvent): void {
  if (event.repeat) event.preventDefault();
}
