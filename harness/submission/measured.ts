/** By what an entry of the division `reference` was measured: the board's host and the model's own hashes. The page reads it too. */
import { z } from 'zod';

/** The host, as the traces' headers describe it; what changes from match to match is left out. */
export const measuringHost = z.object({
  /** Made of all that follows but the memory: entries of one host are in one table. */
  name: z.string(),
  cpu: z.string(),
  cores: z.int(),
  memoryMb: z.int(),
  /** The operating system, its kernel's release and the architecture. */
  platform: z.string(),
  node: z.string(),
  /** Whether the host tells how long processes wait for a processor. */
  processorWaits: z.string(),
});

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const measuredSchema = z.object({
  host: measuringHost,
  /** The engine's own hash of the three that follow. */
  identity: sha256,
  /** Each file of the model by its SHA-256. */
  files: z.record(z.string(), sha256),
  /** SHA-256 of the precision map. */
  precision: sha256,
  /** SHA-256 of the engine's build. */
  engine: sha256,
});

export type MeasuringHost = z.infer<typeof measuringHost>;
export type Measured = z.infer<typeof measuredSchema>;

/** A host in a line. */
export function hostText({ cpu, cores, memoryMb, platform, node }: MeasuringHost): string {
  return `${cpu}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${memoryMb} MB, ${platform}, Node ${node}`;
}
