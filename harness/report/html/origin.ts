/** Where a sweep's figures come from: the host and versions they were measured with, and the commands that make them again. */
import { overheadText } from '../../agents/calibration.js';
import { packageVersion } from '../../host/root.js';
import { redact } from '../../host/secrets.js';
import { quoted } from '../sweep/command.js';
import { heldText } from '../sweep/agreement.js';
import type { SweepResults } from '../sweep/folder.js';
import { markup, type Markup, type Part } from './markup.js';

/** What the host's properties are called. */
const HOST: Record<string, (value: unknown) => [string, string]> = {
  platform: (value) => ['system', String(value)],
  node: (value) => ['Node', String(value)],
  cpu: (value) => ['processor', String(value)],
  cores: (value) => ['cores', String(value)],
  memoryMb: (value) => ['memory', `${String(value)} MB`],
  freeMemoryMb: (value) => ['free memory', `${String(value)} MB`],
  processorWaits: (value) => ['waits for a processor', String(value)],
  energy: (value) => ['energy of its processors', String(value)],
  loadPermille: (value) => ['load average (1 min)', (Number(value) / 1000).toFixed(2)],
};

/** The results are named in commands by their folder alone: where it lies is nobody's business who reads the page. */
export function originSection(results: SweepResults): Markup {
  const folder = results.name;
  const { summary, matches, agreement } = results;
  // An older version may have written it as it was given.
  const told = summary.command === undefined ? undefined : redact(summary.command);
  const host = Object.entries(summary.host).map(([key, value]) =>
    Object.hasOwn(HOST, key) ? HOST[key]!(value) : ([key, String(value)] as const),
  );
  // The host that reports measured nothing where workers did.
  const measuring = (summary.hosts ?? []).map(({ name, cpu, cores, node, memoryMb, platform }) => {
    const facts = [cpu, cores === undefined ? undefined : `${String(cores)} cores`, memoryMb === undefined ? undefined : `${String(memoryMb)} MB`, platform, node === undefined ? undefined : `Node ${String(node)}`]; // prettier-ignore
    return [`measured on ${name}`, facts.filter((each) => each !== undefined).join(', ')] as const;
  });
  const rules = [...new Set(matches.map((match) => match.rules))].sort();
  const started = matches.map(({ startedAt }) => startedAt).sort();
  const facts: (readonly [string, Part])[] = [
    ...(measuring.length > 0 ? measuring : host),
    ...(summary.overhead ? [['the harness itself', overheadText(summary.overhead)] as const] : []),
    ['played with', summary.version === undefined ? 'a version that the summary does not tell' : `Tickbench ${summary.version}`],
    ['this report by', `Tickbench ${packageVersion()}`],
    ...(agreement ? [['held against the traces', heldText(agreement)] as const] : []),
    ...(rules.length > 0 ? [['rules', rules.join(', ')] as const] : []),
    ...(started.length > 0 ? [['played', [day(started[0]!), ' to ', day(started.at(-1)!)]] as const] : []),
  ];
  const example = matches.find(({ standing }) => standing === 'counted');
  const commands: (readonly [string, string])[] = [
    ...(told === undefined ? [] : [['the sweep; in the same folder it goes on or finds everything finished', told] as const]),
    ['this report', `tickbench report ${quoted(folder)} --html report.html`],
    ['the same as a site, with every match to be watched', `tickbench report ${quoted(folder)} --site site`],
    ...(example ? [['one match played again, and everything it says checked', `tickbench replay ${quoted(`${folder}/traces/${example.file}`)}`] as const] : []),
  ]; // prettier-ignore
  return markup`<section id="origin" aria-labelledby="origin-title"><h2 id="origin-title">How it was made</h2>
<dl class="facts">${facts.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
<h3>Commands</h3>
${summary.command === undefined && markup`<p class="quiet">The command that played this sweep was not recorded. Its plan is called ${summary.sweep}; a plan of that name in fpx-configs/ is played by <code>tickbench sweep ${quoted(summary.sweep)}</code>.</p>`}
<dl class="commands">${commands.map(([what, command]) => markup`<div><dt>${what}</dt><dd><code>${command}</code></dd></div>`)}</dl>
${identities(results)}
</section>`; // prettier-ignore
}

/** What exactly was measured: hashes of everything that could change a result. */
function identities({ summary }: SweepResults): Part {
  const rows = Object.entries(summary.tasks).flatMap(([task, { rows }]) => rows.flatMap(({ name, identity }) => (identity === undefined ? [] : [markup`<li>${task}, ${name}: <code>${identity}</code></li>`]))); // prettier-ignore
  return rows.length > 0 && markup`<details><summary>Identities: a hash of everything that could change a result</summary><ul class="plain">${rows}</ul></details>`; // prettier-ignore
}

function day(iso: string): Markup {
  return markup`<time datetime="${iso}">${iso.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}</time>`;
}
