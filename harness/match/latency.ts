/**
 * Draws a seat's injected latency: a pure function of the match's seed, the seat and the observation's number, so that the same answers
 * give the same landings whatever clock the match is played on.
 */
import type { Micros } from '../../envs/environment.js';
import { keyOf, philox2x32 } from '../../envs/random.js';
import { LATENCY_LEGS, type LatencyModel, type SeatLatency } from '../../scoring/trace/injected.js';

/** What one decision is given on each leg, in world time. */
export interface DrawnLatency {
  feedUs: Micros;
  entryUs: Micros;
  responseUs: Micros;
}

export const NO_LATENCY: DrawnLatency = { feedUs: 0, entryUs: 0, responseUs: 0 };

/** Keeps these draws apart from everybody else's under the same seed. */
const PURPOSE = 0x1a7e_0001;

/**
 * Quantiles of a lognormal distribution with sigma 1, in thousandths of its median: exp(z) for the standard normal quantiles z at
 * (i + 1/2) / 256. Mean 1.6, largest 17.9 times the median.
 */
// prettier-ignore
const LOGNORMAL_PERMILLE = Uint16Array.of(
  56, 80, 97, 110, 122, 132, 142, 151, 160, 168, 176, 183, 191, 198, 205, 212, 219, 226, 232, 239, 245, 252, 258, 265, 271, 277, 283,
  289, 295, 301, 307, 314, 320, 326, 331, 337, 343, 349, 355, 361, 367, 373, 379, 385, 391, 397, 403, 409, 415, 421, 427, 433, 439, 445,
  451, 457, 463, 469, 475, 481, 488, 494, 500, 506, 513, 519, 525, 531, 538, 544, 551, 557, 564, 570, 577, 583, 590, 597, 603, 610, 617,
  624, 630, 637, 644, 651, 658, 665, 672, 680, 687, 694, 701, 709, 716, 723, 731, 738, 746, 754, 761, 769, 777, 785, 793, 801, 809, 817,
  825, 833, 842, 850, 859, 867, 876, 885, 893, 902, 911, 920, 929, 938, 948, 957, 966, 976, 985, 995, 1005, 1015, 1025, 1035, 1045, 1055,
  1066, 1076, 1087, 1098, 1108, 1119, 1131, 1142, 1153, 1165, 1176, 1188, 1200, 1212, 1224, 1236, 1249, 1261, 1274, 1287, 1300, 1313,
  1327, 1340, 1354, 1368, 1382, 1397, 1411, 1426, 1441, 1456, 1472, 1487, 1503, 1519, 1536, 1552, 1569, 1586, 1604, 1621, 1639, 1658,
  1676, 1695, 1714, 1734, 1754, 1774, 1795, 1816, 1837, 1859, 1881, 1904, 1927, 1951, 1975, 2000, 2025, 2051, 2077, 2104, 2131, 2159,
  2188, 2218, 2248, 2279, 2310, 2343, 2376, 2411, 2446, 2482, 2519, 2558, 2597, 2638, 2680, 2723, 2768, 2814, 2862, 2912, 2963, 3017,
  3072, 3130, 3190, 3252, 3317, 3385, 3457, 3532, 3610, 3693, 3780, 3872, 3970, 4074, 4184, 4302, 4429, 4565, 4712, 4873, 5048, 5240,
  5453, 5692, 5961, 6269, 6628, 7052, 7569, 8220, 9085, 10332, 12435, 17915,
);

/** The draws for one seat of one match; undefined when it has no models. */
export function latencyDraws(latency: SeatLatency | undefined, matchSeed: number, seat: number): (seq: number) => DrawnLatency {
  if (!latency || LATENCY_LEGS.every((leg) => latency[leg] === undefined)) return () => NO_LATENCY;
  const key = keyOf(keyOf(matchSeed, PURPOSE), seat);
  return (seq) => ({
    feedUs: draw(latency.feed, key, 0, seq),
    entryUs: draw(latency.entry, key, 1, seq),
    responseUs: draw(latency.response, key, 2, seq),
  });
}

/** @param seq the observation's number, from 1 */
function draw(model: LatencyModel | undefined, key: number, leg: number, seq: number): Micros {
  if (!model) return 0;
  if (model.kind === 'constant') return model.us;
  if (model.kind === 'recorded') return model.us[(seq - 1) % model.us.length]!;
  const times = LOGNORMAL_PERMILLE[philox2x32(seq, leg, key)[0] >>> 24]!;
  return model.baseUs + Math.round((model.jitterUs * times) / 1000);
}

/** Longest delay of a leg, in world microseconds: a minute. */
export const LONGEST_US = 60_000_000;
/** Most recorded delays of a leg. */
export const MOST_RECORDED = 100_000;

/** What is wrong with a seat's models, or null: for records that did not come through the schema of a file. */
export function latencyFault(latency: SeatLatency): string | null {
  for (const leg of LATENCY_LEGS) {
    const model = latency[leg];
    if (!model) continue;
    const delays = model.kind === 'recorded' ? model.us : model.kind === 'constant' ? [model.us] : [model.baseUs, model.jitterUs];
    if (delays.length === 0 || delays.length > MOST_RECORDED)
      return `${leg}: ${delays.length} recorded delays, 1 to ${MOST_RECORDED} are expected`;
    const wrong = delays.find((us) => !Number.isSafeInteger(us) || us < 0 || us > LONGEST_US);
    if (wrong !== undefined) return `${leg}: ${wrong} was given, whole microseconds from 0 to ${LONGEST_US} are expected`;
  }
  return null;
}
