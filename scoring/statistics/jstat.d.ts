/** What is used of jStat, which has no types of its own. */
declare module 'jstat' {
  const jstat: {
    normal: { inv(p: number, mean: number, deviation: number): number };
    studentt: { inv(p: number, degrees: number): number };
    chisquare: { cdf(x: number, degrees: number): number };
    tukey: { inv(p: number, means: number, degrees: number): number };
    gammaln(x: number): number;
  };
  export default jstat;
}
