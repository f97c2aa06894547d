// Where each page was scrolled to, for when one comes back through a door.

import type { View } from './screen.svelte';

const places = new Map<View, number>();

/** Keeps the place of a page that scrolls by itself. */
export function keepScroll(view: View): (page: HTMLElement) => () => void {
  return (page) => {
    page.scrollTop = places.get(view) ?? 0;
    const keep = () => void places.set(view, page.scrollTop);
    page.addEventListener('scroll', keep, { passive: true });
    return () => page.removeEventListener('scroll', keep);
  };
}
