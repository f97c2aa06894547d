// The one door to the core.
//
// Outside the desktop window (a browser, for development and pictures) a demo
// answers instead; a production build does not contain it.

import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { Answer, Change, Failure, NewKey, Request, Step } from './generated/api';

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

/** Calls back with the name of each step of what takes long. */
export async function onStep(callback: (words: string) => void): Promise<void> {
  if (DEMO && !inWindow) return (await import('./demo/answer')).onStep(callback);
  await listen<Step>('step', (event) => callback(event.payload.words));
}

/** Calls back with the view that is wanted from outside: by the tray, by a notification. */
export async function onOpen(callback: (view: string) => void): Promise<void> {
  // A window that was made for it has it in its address.
  if (location.hash !== '') callback(location.hash.slice(1));
  if (inWindow) await listen<string>('open', (event) => callback(event.payload));
}

/** Stops what runs, where it can be stopped; its question is then answered with a `Failure`. */
export async function cancel(): Promise<void> {
  if (DEMO && !inWindow) return (await import('./demo/answer')).cancel();
  await invoke('cancel');
}

/** Lets the user choose a path in the system's own dialog; null: none was chosen. `name`: what a new file is called. */
export async function pick(kind: 'folder' | 'file' | 'save', name: string | null = null): Promise<string | null> {
  return inWindow ? await invoke<string | null>('pick', { kind, name }) : null;
}

/** Shows the recovery key in a dialog of the shell: it never comes here. */
export async function showRecoveryKey(): Promise<void> {
  try {
    if (inWindow) await invoke('recovery');
  } catch (error) {
    throw asFailure(error);
  }
}

/** Lets the core look at what the clipboard holds, as a new value for a key of the keychain: it never comes here. */
export async function pasteKey(key: string): Promise<NewKey> {
  try {
    if (DEMO && !inWindow) return (await import('./demo/keys')).paste(key);
    return await invoke<NewKey>('paste', { key });
  } catch (error) {
    throw asFailure(error);
  }
}

/** Puts the value that was looked at in the place of the old one. */
export async function replaceKey(offer: string): Promise<Change> {
  try {
    if (DEMO && !inWindow) return (await import('./demo/keys')).replace(offer);
    return await invoke<Change>('replace', { offer });
  } catch (error) {
    throw asFailure(error);
  }
}

/** Whatever was thrown, as the failure a screen can show. */
export function asFailure(error: unknown): Failure {
  if (typeof error === 'object' && error !== null && 'code' in error && 'message' in error) {
    return error as Failure;
  }
  return { code: 'refused', message: 'Warder did not get an answer from its core', hint: String(error) };
}
