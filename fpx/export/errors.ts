/** An assignment that cannot be exported: what stands in the way, and what would be accepted. */
export class ExportError extends Error {
  override readonly name = 'ExportError';
}
