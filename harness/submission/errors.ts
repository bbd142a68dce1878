/** What is wrong with a bundle, a key or a results folder that is to be submitted: what, where, and what is accepted. */
export class SubmissionError extends Error {
  override name = 'SubmissionError';
}
