/** The one-file build has the same contents as the package, and no types of its own. */
declare module 'mathjs/lib/browser/math.js' {
  import type * as all from 'mathjs';
  const mathjs: typeof all;
  export default mathjs;
}
