/** The part of the page that shows frontiers and configurations, loaded when one is opened: the schemas come with it. */
import '../zod.js';

export { FrontierPages } from './pages.js';
