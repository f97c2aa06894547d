import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [svelte()],
  clearScreen: false,
  server: { port: 1420, strictPort: true },
  build: {
    // What the webviews of macOS 12 and current WebKitGTK and WebView2 read.
    target: ['es2022', 'safari15.4'],
    // The page is read from disk: one file each, and no `data:` font, which the CSP refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
