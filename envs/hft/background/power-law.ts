/**
 * Power-law draws without pow: a Pareto variable is scale-free, so it is a number of doublings (geometric) times a position inside one
 * doubling, from a committed table of 64 equally likely quantiles: entry i is round(1024 * (1 - u (1 - 2^-a))^(-1/a)), u = (i + 0.5) / 64.
 */
import type { Stream } from '../../random.js';

/** A power law: the chance of one more doubling, 2^-a of 65536, and the quantiles inside a doubling, in 1024ths. */
export interface PowerLaw {
  readonly doubling: number;
  readonly inside: Int32Array;
}

/** Tail exponent 1.5: sizes of orders and of metaorders (Gabaix et al. 2003), distances of limit orders (Zovko and Farmer 2002). */
export const THREE_HALVES: PowerLaw = {
  doubling: 23170,
  // prettier-ignore
  inside: Int32Array.of(
    1027, 1034, 1042, 1049, 1056, 1064, 1071, 1079, 1087, 1095, 1103, 1112, 1120, 1129, 1138, 1147,
    1156, 1166, 1175, 1185, 1195, 1206, 1216, 1227, 1238, 1249, 1260, 1272, 1284, 1296, 1309, 1322,
    1335, 1349, 1363, 1377, 1391, 1406, 1422, 1438, 1454, 1471, 1488, 1506, 1524, 1543, 1563, 1583,
    1604, 1625, 1648, 1671, 1695, 1719, 1745, 1772, 1799, 1828, 1858, 1889, 1922, 1956, 1992, 2029,
  ),
};

/** Tail exponent 3: jumps of the price (Gopikrishnan et al. 1998). */
export const CUBIC: PowerLaw = {
  doubling: 8192,
  // prettier-ignore
  inside: Int32Array.of(
    1026, 1031, 1036, 1041, 1046, 1051, 1056, 1062, 1067, 1073, 1078, 1084, 1090, 1096, 1102, 1109,
    1115, 1122, 1129, 1135, 1143, 1150, 1157, 1165, 1173, 1181, 1190, 1198, 1207, 1216, 1226, 1236,
    1246, 1256, 1267, 1278, 1289, 1301, 1314, 1327, 1340, 1354, 1369, 1384, 1400, 1416, 1434, 1452,
    1472, 1492, 1514, 1537, 1561, 1587, 1615, 1645, 1677, 1712, 1750, 1792, 1838, 1889, 1947, 2012,
  ),
};

/** A whole number from the law that starts at `least` (in 1024ths), rounded down, at most `most`. Draws as often as it doubles, and once more. */
export function powerLaw(stream: Stream, law: PowerLaw, least1024: number, most: number): number {
  let scale = least1024;
  const ceiling = most * 1024;
  while (scale < ceiling && stream.below(65536) < law.doubling) scale *= 2;
  return Math.min(most, Math.floor((law.inside[stream.below(64)]! * scale) / 1048576));
}
