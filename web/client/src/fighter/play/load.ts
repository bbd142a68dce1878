/** The part of the page that gives a human a seat, loaded when one is taken. */
import '../../zod.js';

export { PlayScreen } from './screen.js';
