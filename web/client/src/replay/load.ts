/** The part of the page that plays recorded matches, loaded when one is opened: the environments come with it. */
import '../zod.js';

export { readTraceBytes } from './file.js';
export { openReplay, type ReplayScreen, type ReplayStage } from './screen.js';
