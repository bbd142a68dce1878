/** The style and script of a report's page, as `npm run build:web` made them from the pages' own. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../host/root.js';

export interface PageAssets {
  css: string;
  js: string;
  /** SVG. */
  icon: string;
}

/** A part of the pages that was not built. */
export class AssetsError extends Error {
  override name = 'AssetsError';
}

/** The folder of the built watching page. @throws AssetsError */
export function clientFolder(): string {
  const folder = join(packageRoot(), 'dist', 'web', 'client');
  if (!existsSync(join(folder, 'index.html'))) throw notBuilt(join(folder, 'index.html'));
  return folder;
}

/** @throws AssetsError when they were not built, or could end their own element */
export function pageAssets(): PageAssets {
  const read = (...path: string[]): string => {
    const file = join(packageRoot(), 'dist', 'web', ...path);
    if (!existsSync(file)) throw notBuilt(file);
    return readFileSync(file, 'utf8');
  };
  const [css, js, icon] = [read('report', 'report.css'), read('report', 'report.js'), read('client', 'icon.svg')];
  if (/<\/style|<!--/i.test(css) || /<\/script|<!--/i.test(js)) throw new AssetsError("the report page's own style or script would end its element; it cannot be put into a page"); // prettier-ignore
  return { css, js, icon };
}

function notBuilt(file: string): AssetsError {
  return new AssetsError(`${file}: not built; run: npm run build:web`);
}
