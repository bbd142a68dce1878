/**
 * Bounds every fast-check property by the time limit of the test that it stands in (.mocharc.json loads this file). Without it a property
 * that fails and then shrinks its counterexample for too long is stopped by mocha, which knows of no counterexample: the log would say
 * "timeout exceeded" and nothing of what is wrong.
 */
import fc from 'fast-check';

/** How much of a test's time limit a property may use. What is left is for the report of its failure, and the test's own end. */
const SHARE = 0.9;

/** Hooks that mocha runs around every test of every file. */
export const mochaHooks: Mocha.RootHookObject = {
  beforeEach(this: Mocha.Context) {
    const limitMs = this.currentTest?.timeout() ?? 0;
    // 0 is mocha's word for "no limit". A property that is stopped before it has failed is a failure, as it is without this bound.
    if (limitMs === 0) fc.resetConfigureGlobal();
    else fc.configureGlobal({ interruptAfterTimeLimit: Math.floor(limitMs * SHARE), markInterruptAsFailure: true });
  },
};
