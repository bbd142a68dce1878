/** A sweep's frontier of one task: the verdict, a plot to point at and walk through, and the same figures as a table. */
import type { SweepListing } from '../../../server/frames.js';
import { againstLatency, pointOf, tipOf, type Against } from '../../../../harness/report/html/against.js';
import { figureOf, type SummaryRow, type SummaryTask } from '../../../../harness/evidence/summary.js';
import { el, setHidden, setText } from '../element.js';
import { addressOf } from '../matches/choice.js';
import { titleOf } from '../tasks.js';
import { configurationAddress, frontierAddress, type FrontierAsk } from './address.js';
import { contentionTables } from './contention.js';
import { exchangeText } from './exchange.js';
import { faultsOf, hostText } from './facts.js';
import { chosenOf, Filters } from './filters.js';
import { legendOf, type MarkKind } from './marks.js';
import { Plot, type PlotPoint } from './plot.js';
import { summaryOf } from './sweep.js';
import type { ReadSummary } from './summary.js';
import { figureTable, notesOf } from './table.js';

export class FrontierScreen {
  readonly element: HTMLElement;
  private readonly sweep = el('select', { 'aria-label': 'sweep' });
  private readonly task = el('select', { 'aria-label': 'task' });
  private readonly against = el('select', { 'aria-label': 'against latency' });
  private readonly verdict = el('div', { class: 'verdicts' });
  private readonly filters = new Filters((part) => this.ask({ ...this.asked, ...part }));
  private readonly says = el('p', { class: 'frontier-says', role: 'status' });
  private readonly plot = new Plot();
  private readonly legend = el('div', {});
  private readonly table = el('div', {});
  private readonly contention = el('div', {});
  private readonly facts = el('div', {});
  private asked: FrontierAsk;

  /** @param asked what the address names @param listings the sweeps there are, newest first */
  constructor(
    asked: FrontierAsk,
    private readonly listings: readonly SweepListing[],
  ) {
    this.asked = asked;
    const choice = (label: string, select: HTMLElement): HTMLElement => el('label', {}, `${label} `, select);
    this.element = el(
      'div',
      { class: 'frontier-page' },
      el('h2', {}, 'Frontier'),
      el('div', { class: 'match-choice frontier-choice' }, choice('sweep', this.sweep), choice('task', this.task), choice('against latency', this.against)),
      this.verdict,
      this.filters.element,
      this.says,
      el('figure', { class: 'panel frontier-figure' }, this.plot.element, this.legend),
      this.table,
      this.contention,
      this.facts,
    ); // prettier-ignore
    this.sweep.addEventListener('change', () => (location.hash = frontierAddress({ sweep: this.sweep.value, task: this.asked.task })));
    this.task.addEventListener('change', () => (location.hash = frontierAddress({ sweep: this.asked.sweep, task: this.task.value })));
    this.against.addEventListener('change', () => this.ask({ ...this.asked, against: this.against.value }));
    void this.draw();
  }

  /** Another choice within the same page: the address holds it, but it is no place to go back to. */
  private ask(asked: FrontierAsk): void {
    this.asked = asked;
    history.replaceState(null, '', frontierAddress(asked));
    void this.draw();
  }

  private async draw(): Promise<void> {
    const { asked } = this;
    const listing = this.listings.find(({ name }) => name === asked.sweep) ?? (asked.sweep === '' ? this.listings[0] : undefined);
    offer(this.sweep, this.listings.map(({ name }) => [name, name]), listing?.name ?? asked.sweep); // prettier-ignore
    if (!listing)
      return this.say(this.listings.length === 0 ? 'No finished sweep lies in the results folder.' : `There is no sweep ${asked.sweep}.`);
    let summary: ReadSummary;
    try {
      summary = await summaryOf(listing);
    } catch (error) {
      if (this.asked === asked) this.say((error as Error).message);
      return;
    }
    // Something else may have been asked for meanwhile.
    if (this.asked !== asked) return;
    const names = [...summary.tasks.keys()];
    const name = asked.task === '' ? names[0] : asked.task;
    const task = name === undefined ? undefined : summary.tasks.get(name);
    offer(this.task, names.map((each) => [each, titleOf(each)]), name ?? ''); // prettier-ignore
    this.facts.replaceChildren(...faultsOf(summary.faults));
    if (!task) return this.say(name === undefined ? `${listing.name} has no task that can be read.` : `${listing.name} has no task ${name}.`, false);
    this.asked = { ...asked, sweep: listing.name, task: name! };
    this.show(summary, name!, task);
  } // prettier-ignore

  private show(summary: ReadSummary, name: string, task: SummaryTask): void {
    const { asked } = this;
    document.title = `${titleOf(name)}: frontier of ${asked.sweep} · Tickbench`;
    const measured = (row: SummaryRow, { key }: Against): boolean => figureOf(row, 'latencyMeanMs').value !== null && figureOf(row, key).value !== null;
    const all = againstLatency(task);
    const choices = all.filter((each) => task.rows.some((row) => measured(row, each)));
    const against = choices.find(({ key }) => key === asked.against) ?? choices[0];
    offer(this.against, choices.map(({ key, name }) => [key, name]), against?.key ?? ''); // prettier-ignore
    this.verdict.replaceChildren(...verdictsOf(summary, name, task));
    this.filters.draw(task.rows, asked);
    const rows = chosenOf(task.rows, asked);
    const drawn = against ? rows.filter((row) => measured(row, against)) : [];
    const says = [
      ...(against ? [against.about] : ['No configuration has both a latency and a quality.']),
      ...(rows.length < task.rows.length ? [`${rows.length} of ${task.rows.length} are chosen; places are those among all.`] : []),
      ...(against && rows.length > drawn.length ? [`Not measured and therefore not drawn: ${rows.filter((row) => !drawn.includes(row)).map((row) => row.name).join(', ')}.`] : []),
    ];
    setText(this.says, says.join(' '));
    // Colours stay with their sizes whatever is chosen.
    const series = [...new Set(task.rows.filter(({ kind }) => kind !== 'bot').map(seriesOf))];
    const matches = (who: string): string => addressOf({ sweep: asked.sweep, task: name, who });
    const points = drawn.map((row): PlotPoint => ({
      point: pointOf(row, figureOf(row, against!.key)),
      kind: kindOf(row),
      series: Math.max(0, series.indexOf(seriesOf(row))),
      name: row.name,
      lines: [...tipOf(row, against!).lines, ...notesOf(row)],
      href: matches(row.name),
    }));
    const { us, name: tickName } = task.tick ?? { us: 1000, name: 'ms' };
    const tick = /^[0-9]/.test(tickName) ? `grid of ${tickName}` : `1 ${tickName} = ${Number((us / 1000).toFixed(1))} ms`;
    this.plot.show(points, { name: against?.name ?? '', scale: against?.scale, isFrontier: against === all[0], tick });
    setHidden(this.plot.element.parentElement!, points.length === 0);
    this.legend.replaceChildren(legendOf(series.filter((each) => drawn.some((row) => row.kind !== 'bot' && seriesOf(row) === each)).map((each) => ({ name: each, number: series.indexOf(each) })), new Set(points.map(({ kind }) => kind))));
    const configuration = (who: string): string => configurationAddress({ sweep: asked.sweep, task: name, name: who });
    this.table.replaceChildren(...(rows.length === 0 ? [] : [figureTable(`${titleOf(name)}: latency, quality and reward, each with its 95 % interval`, rows, againstLatency(task), { configuration, matches })]));
    const contention = contentionTables(task);
    this.contention.replaceChildren(...(contention.length === 0 ? [] : [el('h3', {}, 'Contention'), ...contention]));
    this.facts.replaceChildren(...hostText(summary, task), ...faultsOf(summary.faults));
  } // prettier-ignore

  /** Nothing can be drawn: why. */
  private say(why: string, all = true): void {
    setText(this.says, why);
    for (const part of [this.verdict, this.table, this.contention, ...(all ? [this.facts] : [])]) part.replaceChildren();
    for (const part of [this.filters.element, this.plot.element.parentElement!]) setHidden(part, true);
  }
}

const seriesOf = ({ group, name }: SummaryRow): string => (group === undefined || group === 'external' ? name : group);

const kindOf = ({ kind, status }: SummaryRow): MarkKind => (kind === 'bot' || status === 'anchor' ? 'bot' : status);

/** The verdict's sentences of a task: which to take, what latency brings, and what else was found. */
function verdictsOf(summary: ReadSummary, name: string, task: SummaryTask): HTMLElement[] {
  const said = summary.verdicts.filter((each) => each.task === name || (each.task === '' && (each.sentence ?? '').startsWith(`${name}:`)));
  const shown = said.flatMap((each) => {
    const answer = each.answer ?? each.sentence;
    if (answer === undefined) return [];
    const exchange = exchangeText(each, task);
    const more =
      each.details.length === 0
        ? []
        : [el('details', {}, el('summary', {}, 'what else was found'), el('ul', {}, ...each.details.map((line) => el('li', {}, line))))];
    const sentence = exchange === undefined ? [] : [el('p', { class: 'exchange' }, exchange)];
    return [el('div', { class: 'verdict' }, el('p', {}, answer), ...sentence, ...more)];
  });
  const open = task.unfinished.length > 0 || (!summary.isFinished && summary.tasks.size === 1);
  return open ? [...shown, el('p', { class: 'verdict', 'data-tone': 'bad' }, UNFINISHED)] : shown;
}

const UNFINISHED = 'Not every match of this task was played, or counts; the same command goes on with those that are left.';

/** Fills a list to choose from, and chooses. What is chosen is offered even where it is not there. */
function offer(select: HTMLSelectElement, options: readonly (readonly [string, string])[], chosen: string): void {
  const all = options.some(([value]) => value === chosen) || chosen === '' ? options : [...options, [chosen, chosen] as const];
  const key = JSON.stringify(all);
  if (select.dataset.offers !== key) {
    select.dataset.offers = key;
    select.replaceChildren(...all.map(([value, text]) => el('option', { value }, text)));
  }
  select.value = chosen;
  setHidden(select.parentElement!, all.length === 0);
}
