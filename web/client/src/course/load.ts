/** The part of the page that shows a sweep as it runs, loaded when one is opened: the schemas come with it. */
import '../zod.js';

export { CoursePage } from './page.js';
