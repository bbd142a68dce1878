/** What stands in the way of an export. */
import type { Deployment } from '../checkpoint/deployment.js';

/** An assignment that cannot be exported: what stands in the way, and what would be accepted. */
export class ExportError extends Error {
  override readonly name = 'ExportError';
}

/** Refuses a deployment of BF16 alone, which needs no quantised checkpoint. @throws ExportError */
export function mustQuantize({ formats, model }: Deployment, what: string): void {
  if (formats.length > 0) return;
  throw new ExportError(`${what} has nothing to do: every layer stays bf16. Serve ${model.id} as it is (--for vllm or sglang)`);
}
