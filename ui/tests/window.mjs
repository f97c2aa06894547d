// The window without Tauri: the built interface in Chromium, as the webview is
// handed it (same policy, same door), in front of the real core (`warder rpc`)
// on a home that is made for one test.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, extname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const DIST = join(ROOT, 'ui/dist');
const WARDER = process.env.WARDER ?? join(ROOT, 'target/debug/warder');
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.woff2': 'font/woff2', '.svg': 'image/svg+xml' };

/** A home folder of its own: a story's files, and those that are given by their path in it. */
export class Home {
  constructor(story, files = {}, dir = null) {
    // One that is named must not be there yet: it is removed at the end.
    if (dir !== null) mkdirSync(dir, { mode: 0o700 });
    this.dir = dir ?? mkdtempSync(join(tmpdir(), 'warder-home-'));
    if (story !== null) {
      cpSync(join(ROOT, 'tests/homes', story), this.dir, { recursive: true });
      for (const path of walk(this.dir)) writeFileSync(path, readFileSync(path, 'utf8').replaceAll('/home/demo', this.dir));
    }
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  path(path) { return join(this.dir, path); }
  read(path) { return readFileSync(this.path(path)); }

  write(path, text) {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), typeof text === 'string' ? text : JSON.stringify(text, null, 2));
  }

  remove() { rmSync(this.dir, { recursive: true, force: true }); }
}

function walk(dir) {
  return readdirSync(dir).map((name) => join(dir, name)).flatMap((path) => (statSync(path).isDirectory() ? walk(path) : [path]));
}

/** The core on one home; its keys stay in its memory. */
class Core {
  #child;
  #waiting = new Map();
  #next = 1;
  /** Whether it may open what is outside: on a home whose programs are the test's own. */
  #opens;
  /** What was asked for that must not happen here: a browser, an editor. */
  outside = [];

  constructor(home, env = {}, opens = false) {
    this.#opens = opens;
    if (!existsSync(WARDER)) throw new Error(`${WARDER} is not there: cargo build -p warder-cli -p warder-launch`);
    this.#child = spawn(WARDER, ['rpc', '--demo', '--home', home.dir], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const { id, ...said } = JSON.parse(line);
      this.#waiting.get(id)?.(said);
      this.#waiting.delete(id);
    });
    this.#child.on('exit', (code) => {
      for (const told of this.#waiting.values()) told({ failure: { code: 'refused', message: `the core ended (${code})`, hint: null } });
    });
  }

  ask(request) {
    if (!this.#opens && ['edit', 'open', 'openReport'].includes(request.ask)) {
      this.outside.push(request);
      return { answer: request.ask === 'open' ? { answer: 'reminders', with: [] } : { answer: 'done' } };
    }
    const id = this.#next++;
    return new Promise((told) => {
      this.#waiting.set(id, told);
      this.#child.stdin.write(`${JSON.stringify({ id, request })}\n`);
    });
  }

  async end() {
    const ended = once(this.#child, 'exit');
    this.#child.stdin.end();
    await ended;
  }
}

/** Serves the built interface under the policy of the window. */
async function serve() {
  const config = JSON.parse(readFileSync(join(ROOT, 'src-tauri/tauri.conf.json'), 'utf8'));
  // The door is a function of the page here; nothing has to be reached.
  const policy = config.app.security.csp.replace(/connect-src [^;]*/, "connect-src 'none'");
  const server = createServer((request, response) => {
    if (request.url === '/favicon.ico') return response.writeHead(204).end();
    const path = join(DIST, request.url === '/' ? 'index.html' : decodeURIComponent(new URL(request.url, 'http://x').pathname));
    if (!path.startsWith(DIST) || !existsSync(path)) return response.writeHead(404).end();
    response.writeHead(200, { 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream', 'Content-Security-Policy': policy });
    response.end(readFileSync(path));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Stands in the page for what Tauri puts there. Runs in the page. */
function door() {
  const callbacks = new Map();
  const listeners = new Map();
  let next = 1;
  window.__TAURI_INTERNALS__ = {
    metadata: { currentWindow: { label: 'main' }, currentWebview: { windowLabel: 'main', label: 'main' } },
    transformCallback(callback) {
      callbacks.set(next, callback);
      return next++;
    },
    unregisterCallback: (id) => callbacks.delete(id),
    async invoke(command, args) {
      if (command === 'ask') {
        const said = await window.__ask(args.request);
        if ('failure' in said) throw said.failure;
        return said.answer;
      }
      if (command === 'plugin:event|listen') {
        listeners.set(args.handler, args.event);
        return args.handler;
      }
      if (command === 'plugin:event|unlisten') return void listeners.delete(args.eventId);
      window.__commands.push(command);
      // What the shell would say of a dialog or a clipboard.
      return window.__shell[command]?.(args) ?? null;
    },
  };
  window.__TAURI_EVENT_PLUGIN_INTERNALS__ = { unregisterListener: (_, id) => listeners.delete(id) };
  /** What a person chooses in the system's dialog. */
  window.__picked = null;
  /** What is asked of the shell alone. */
  window.__commands = [];
  window.__shell = { pick: () => window.__picked };
  window.__tell = (event, payload) => {
    for (const [id, heard] of listeners) if (heard === event) callbacks.get(id)?.({ event, id, payload });
  };
  window.__violations = [];
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => window.__violations.push(`${violatedDirective}: ${blockedURI} ${sample}`));
}

let shared = null;

/** One browser and one server for all tests of a file. */
async function common() {
  shared ??= (async () => {
    const server = await serve();
    const browser = await chromium.launch({
      executablePath: process.env.WARDER_CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--font-render-hinting=none'],
    });
    return { server, browser };
  })();
  return shared;
}

/** Ends what all tests of a file share; for `after`. */
export async function end() {
  if (!shared) return;
  const { server, browser } = await shared;
  await browser.close();
  server.close();
}

/** The window open on a home. It ends with the test, which fails if the page complained about anything. */
export async function open(t, home, { theme = 'light', width = 1280, height = 800, scale = 1, motion = 'reduce', forced = 'none', env = {}, opens = false, view = null, patience = 20_000, now = null, answers = (answer) => answer } = {}) {
  const { server, browser } = await common();
  const core = new Core(home, env, opens);
  const context = await browser.newContext({
    viewport: { width, height }, deviceScaleFactor: scale, colorScheme: theme, reducedMotion: motion, forcedColors: forced,
    permissions: ['clipboard-read', 'clipboard-write'], locale: 'en-GB', timezoneId: 'UTC',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const complaints = [];
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(message.text()); });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.exposeFunction('__ask', async (request) => answers(await core.ask(request)));
  await page.addInitScript(door);
  if (now !== null) await page.clock.setFixedTime(now);
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.waitForSelector('[data-test=nav-overview]');
  await page.waitForFunction(() => document.querySelector('main h1')?.textContent !== 'Warder');
  const window = {
    page, core, home,
    complaints,
    /** Goes to a view by its entry in the column. */
    async go(name) {
      await page.click(`[data-test=nav-${name}]`);
      await settle(page);
    },
    /** The watcher saw a changed file. */
    async changed() {
      await page.evaluate(() => window.__tell('changed', null));
    },
    async close() {
      const violations = await page.evaluate(() => window.__violations).catch(() => []);
      await context.close();
      await core.end();
      home.remove();
      const all = [...complaints, ...violations.map((one) => `the policy refused ${one}`)];
      if (all.length > 0) throw new Error(`the page complained: ${all.join('\n')}`);
    },
  };
  t?.after?.(() => window.close());
  if (view !== null) await window.go(view);
  return window;
}

/** Waits until the page has drawn what it was told. */
export async function settle(page) {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}
