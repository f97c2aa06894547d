// The one door to the core.
//
// Outside the desktop window (a browser, for development and pictures) a demo
// answers instead; a production build does not contain it.

import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { Answer, Failure, Request } from './generated/api';

const DEMO = import.meta.env.DEV || import.meta.env.MODE === 'demo';
const inWindow = '__TAURI_INTERNALS__' in window;

/** Asks the core; what went wrong is rejected as a `Failure`. */
export async function ask(request: Request): Promise<Answer> {
  try {
    if (DEMO && !inWindow) return await (await import('./demo/answer')).answer(request);
    return await invoke<Answer>('ask', { request });
  } catch (error) {
    throw asFailure(error);
  }
}

/** Calls back whenever a config changed on disk. */
export async function onChanged(callback: () => void): Promise<void> {
  if (DEMO && !inWindow) return (await import('./demo/answer')).onChanged(callback);
  await listen('changed', callback);
}

/** Whatever was thrown, as the failure a screen can show. */
export function asFailure(error: unknown): Failure {
  if (typeof error === 'object' && error !== null && 'code' in error && 'message' in error) {
    return error as Failure;
  }
  return { code: 'refused', message: 'Warder did not get an answer from its core', hint: String(error) };
}
