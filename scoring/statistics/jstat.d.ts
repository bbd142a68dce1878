/** What is used of jStat, which has no types of its own. */
declare module 'jstat' {
  const jstat: {
    normal: { inv(p: number, mean: number, deviation: number): number };
    studentt: { inv(p: number, degrees: number): number };
  };
  export default jstat;
}
