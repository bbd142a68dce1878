/** The host of a match as the division `reference` names it. */
import { hashOf } from '../configuration/hash.js';
import { measuringHost, type MeasuringHost } from './measured.js';

const described = measuringHost.omit({ name: true });

/** The host that a trace's header describes; undefined where it describes none as this version does. */
export function measuringHostOf(host: unknown): MeasuringHost | undefined {
  const parsed = described.safeParse(host);
  if (!parsed.success) return undefined;
  const { cpu, cores, platform, node } = parsed.data;
  return { name: `host-${hashOf([cpu, cores, platform, node], 8)}`, ...parsed.data };
}
