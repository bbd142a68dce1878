/** Builds the spectator's page into dist/web/client, whatever folder the build is started from. */
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  build: { outDir: '../../dist/web/client', emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0, reportCompressedSize: false, chunkSizeWarningLimit: 800 },
}); // prettier-ignore
