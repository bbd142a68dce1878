// Looks at what a sweep wrote, as a user would: both tasks, every figure with its interval, traces that are there, pictures that
// are pictures, no void cell passed off as a result. Exits non-zero with one line for each thing that is wrong.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2] ?? 'results/quick';
const wrong = [];
const need = (condition, message) => condition || wrong.push(message);

const read = (name) => {
  const path = join(folder, name);
  need(existsSync(path) && statSync(path).size > 0, `${path} is missing or empty`);
  return existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
};

const summary = JSON.parse(read('summary.json').toString() || '{}');
const cells = JSON.parse(read('cells.json').toString() || '{"cells":[]}').cells;
const csvLines = read('cells.csv').toString().trim().split('\n');
need(csvLines.length === cells.length + 1, `cells.csv has ${csvLines.length - 1} rows, cells.json ${cells.length}`);

for (const task of ['hft', 'fighter']) {
  const rows = summary.tasks?.[task]?.rows ?? [];
  const models = rows.filter((row) => row.kind !== 'bot');
  need(models.length >= 4, `${task}: ${models.length} model configurations, 4 expected`);
  for (const row of models) {
    for (const figure of ['latencyP50Ms', 'probeQuality', 'decidedQuality', 'landedQuality', 'reward']) {
      const value = row.figures?.[figure];
      need(Number.isFinite(value?.value) && value.n > 0, `${task} ${row.name}: ${figure} has no value with a sample size`);
    }
  }
  need(
    rows.some((row) => row.status === 'frontier' || row.status === 'tied'),
    `${task}: nothing on the frontier, nor tied with it`,
  );
  need(
    cells.some((cell) => cell.task === task && cell.clock === 'wall'),
    `${task}: no wall-clock match of a winner`,
  );
  const svg = read(`frontier-${task}.svg`).toString();
  need(svg.includes('<svg') && svg.includes('<text'), `frontier-${task}.svg has no text in it`);
  const png = read(`frontier-${task}.png`);
  need(png.subarray(1, 4).toString() === 'PNG' && png.length > 5000, `frontier-${task}.png is no picture`);
}
for (const cell of cells) need(existsSync(join(folder, cell.trace)), `${cell.id}: its trace ${cell.trace} is missing`);

if (wrong.length > 0) {
  for (const line of wrong) console.error(`check-results: ${line}`);
  process.exit(1);
}
console.log(`${folder}: ${cells.length} cells, both frontiers, all traces there`);
