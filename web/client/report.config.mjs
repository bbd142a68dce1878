/** Builds what a report's page carries in itself, style and script, each into one file of dist/web/report with a name of its own. */
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  build: {
    outDir: '../../dist/web/report',
    emptyOutDir: true,
    target: 'es2022',
    reportCompressedSize: false,
    lib: { entry: 'src/report/main.ts', formats: ['iife'], name: 'tickbenchReport', fileName: () => 'report.js', cssFileName: 'report' },
  },
});
