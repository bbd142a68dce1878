/** Reads calibration files that a flag names. */
import { readFileSync } from 'node:fs';
import { parseCalibration, type Calibration } from '../../../fpx/sensitivity/calibration.js';
import { UsageError } from '../values.js';

/** The calibration in a file. @throws UsageError naming the flag for a file that is no JSON; CalibrationError naming the place in it */
export function readCalibration(path: string): Calibration {
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`--calibration ${path}: ${(error as Error).message}; accepted: a file that \`tickbench fpx calibrate\` wrote`);
  }
  return parseCalibration(raw, path);
}
