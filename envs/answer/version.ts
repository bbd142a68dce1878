/**
 * The version of how answers are read: reasoning, decoration, early release and the tasks' own statements. It changes whenever the same
 * text could come to mean another action, so whatever names a measurement by what could change its result holds it too.
 */
export const ANSWER_READING = 'answers.4';
