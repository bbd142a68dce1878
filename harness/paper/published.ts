/** The published tables that Tickbench's own are set beside: a data file, read and checked. */
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigurationError, explain, readYaml } from '../configuration/configuration.js';
import { packageRoot } from '../host/root.js';

const size = z.string().regex(/^\d+(?:\.\d+)?[MB]$/, 'a size such as 14B or 1.5B');
const positive = z.number().positive();

/** A row of a table of sizes and precisions. `bits`: as published, 8 - 4 gamma for a mix; `ms`: latency of a decision. */
const tableRow = z.strictObject({ size, bits: positive, ms: positive, value: z.number() });
const table = z.strictObject({ measure: z.string(), unit: z.string(), rows: z.array(tableRow).min(2) });

const gammaRow = z.strictObject({ gamma: z.number().min(0).max(1), ms: positive, perplexity: positive.nullable(), value: z.number() });
const gammaTable = z.strictObject({ size, measure: z.string(), unit: z.string(), rows: z.array(gammaRow).min(2) });

const latencyRow = z.strictObject({ size, fp16: positive, fp8: positive, w4a16: positive, fp4: positive });

const schema = z.strictObject({
  source: z.string(),
  hft: table,
  fighter: table,
  gamma: z.strictObject({ hft: gammaTable, fighter: gammaTable }),
  latency: z.strictObject({ rows: z.array(latencyRow).min(1) }),
});

export type Published = z.infer<typeof schema>;
export type PublishedTable = Published['hft'];
export type PublishedRow = PublishedTable['rows'][number];
export type PublishedGamma = Published['gamma']['hft'];

/** Reads the tables. @throws ConfigurationError when the file is not as it should be */
export function loadPublished(path = join(packageRoot(), 'harness', 'paper', 'published.yaml')): Published {
  const parsed = schema.safeParse(readYaml(path));
  if (!parsed.success) throw new ConfigurationError(`${path} is no file of published tables:\n${explain(parsed.error)}`);
  return parsed.data;
}
