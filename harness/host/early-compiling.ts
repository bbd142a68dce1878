/**
 * Imported first by a process whose own work is in a latency. V8 interprets a function until it has run for a while; a decision every 30 ms
 * takes minutes to get there, and meanwhile the way from observation to action takes half as long again: on one host 2.2 ms instead of 1.5 at the
 * median after 300 decisions (the bench `lab` measures it). So here functions are compiled after a small part of the usual work.
 */
import { setFlagsFromString } from 'node:v8';

/** V8 12 (Node 22) counts calls where older ones count bytes of code run. */
const isCounted = Number(process.versions.v8.split('.')[0]) >= 12;
setFlagsFromString(isCounted ? '--invocation-count-for-maglev=40' : '--interrupt-budget=2000');
