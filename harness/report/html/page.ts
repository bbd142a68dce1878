/**
 * A sweep's report as one HTML file that asks nobody for anything: pictures, style and script are in it, and its content policy allows
 * these alone, by their hashes. Without scripts all of it can be read; with them tables can be sorted and searched.
 */
import { createHash } from 'node:crypto';
import type { SweepResults } from '../sweep/folder.js';
import type { PageAssets } from './assets.js';
import { markup, Markup, textOf, type Part } from './markup.js';
import { matchesSection, type WatchAddress } from './matches.js';
import { originSection } from './origin.js';
import { slug, taskSection, titleOf } from './task.js';

export interface PageOptions {
  assets: PageAssets;
  /** Of a site: where a match is watched. */
  watch?: WatchAddress;
  /** Of a site: files beside the page, by name and relative address. */
  files?: readonly { name: string; href: string }[];
}

/** The page's HTML. The same results give the same bytes. */
export function reportPage(results: SweepResults, { assets, watch, files = [] }: PageOptions): string {
  const { summary, cautions } = results;
  const tasks = Object.keys(summary.tasks).map((name, i) => ({ name, anchor: `task-${i}-${slug(name)}` }));
  const sections = tasks.map(({ name, anchor }) => taskSection(results, name, anchor));
  const style = `${assets.css}\n${sections.flatMap(({ rules }) => rules).join('\n')}\n`;
  const policy = [
    "default-src 'none'",
    `style-src ${hashOf(style)}`,
    `script-src ${hashOf(assets.js)}`,
    `img-src data:`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const links: Part = [...tasks.map(({ name, anchor }) => [titleOf(name).split(':')[0]!, anchor] as const), ['Matches', 'matches'] as const, ['How it was made', 'origin'] as const]
    .map(([name, anchor]) => markup`<a href="#${anchor}">${name}</a>`); // prettier-ignore
  return textOf(markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta http-equiv="Content-Security-Policy" content="${policy}" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<meta name="referrer" content="no-referrer" />
<meta name="generator" content="Tickbench" />
<title>${summary.sweep} · Tickbench</title>
<link rel="icon" href="data:image/svg+xml;base64,${Buffer.from(assets.icon).toString('base64')}" />
<style>${new Markup(style)}</style>
</head>
<body class="report">
<a class="skip" href="#content">To the content</a>
<header class="top"><span class="mark">Tickbench</span><h1>Sweep ${summary.sweep}</h1><nav aria-label="Parts of this report">${links}</nav></header>
<main id="content" tabindex="-1">
${cautions.length > 0 && markup`<div class="caution" role="note">${cautions.map((each) => markup`<p>${each}</p>`)}</div>`}
${sections.map((each) => each.markup)}
${matchesSection(results, watch)}
${originSection(results)}
${files.length > 0 && markup`<section aria-labelledby="files-title"><h2 id="files-title">Files</h2><p class="links">${files.map(({ name, href }) => markup`<a href="${href}">${name}</a> `)}</p></section>`}
</main>
${new Markup(`<script>${assets.js}</script>`)}
</body>
</html>
`); // prettier-ignore
}

/** A source of the content policy: what has exactly this text. */
function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
