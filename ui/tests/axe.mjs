// axe over the page as it is now; what it finds is said in one line each.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe finds wrong, one line each. Evaluated by the browser itself, so the page's policy stays as it is. */
export async function violations(page) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(SOURCE);
  const found = await page.evaluate(async (tags) => {
    const { violations } = await window.axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary.split('\n').slice(1).join(' ').trim()}`));
  }, TAGS);
  return found;
}

export async function clean(page, what) {
  assert.deepEqual(await violations(page), [], what);
}

/** Parts that stand out of the page to the right, and texts that are cut off by its edge. */
export async function overflowing(page) {
  return page.evaluate(() => {
    const wide = document.documentElement.scrollWidth > window.innerWidth + 1 ? [`the page is ${document.documentElement.scrollWidth} px wide`] : [];
    for (const part of document.querySelectorAll('main *, dialog[open] *')) {
      const { left, right, width, height } = part.getBoundingClientRect();
      if (width === 0 || height === 0 || part.closest('.heard, [hidden]') || getComputedStyle(part).position === 'fixed') continue;
      if (right > window.innerWidth + 1 || left < -1) {
        // What is cut with an ellipsis, or scrolls in a box of its own, is no loss.
        let box = part.parentElement;
        while (box && !['hidden', 'auto', 'scroll', 'clip'].includes(getComputedStyle(box).overflowX)) box = box.parentElement;
        if (!box || box === document.body) wide.push(`${part.tagName}.${part.className} ends at ${Math.round(right)}`);
      }
    }
    for (const box of document.querySelectorAll('main, main *, dialog[open] *')) {
      const { overflowX } = getComputedStyle(box);
      if (['auto', 'scroll'].includes(overflowX) && box.scrollWidth > box.clientWidth + 1) wide.push(`${box.tagName}.${box.className} scrolls sideways: ${box.scrollWidth} of ${box.clientWidth}`);
    }
    return [...new Set(wide)];
  });
}

/** Things to press that are smaller than 24 by 24 px, and stand alone. */
export async function small(page) {
  return page.evaluate(() => {
    const wrong = [];
    for (const part of document.querySelectorAll('button, a, input, select, summary, [role=tab]')) {
      const { width, height } = part.getBoundingClientRect();
      if (width === 0 || part.closest('[hidden], .heard')) continue;
      // A word in a sentence is as high as its line.
      if (part.matches('button, a') && part.parentElement.textContent.trim().length > part.textContent.trim().length && part.closest('p, h1, h2, h3')) continue;
      // A box and its label are one target.
      const target = part.matches('input') && part.closest('label') ? part.closest('label').getBoundingClientRect() : { width, height };
      if (target.width < 24 || target.height < 23.5) wrong.push(`${part.tagName} ${part.getAttribute('aria-label') ?? part.textContent.trim().slice(0, 40)}: ${Math.round(target.width)}×${Math.round(target.height)}`);
    }
    return wrong;
  });
}
