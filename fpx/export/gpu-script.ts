/** The Python script for a host with a GPU: gpu-script.py with a model's name and a recipe put in. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../root.js';
import type { Deployment } from '../checkpoint/deployment.js';
import { ExportError } from './errors.js';

/** Where the script's own text lies. */
export function gpuScriptPath(): string {
  return join(packageRoot(), 'fpx', 'export', 'gpu-script.py');
}

/** The script that runs a recipe for a deployment. @throws ExportError when the model's name cannot stand in a script */
export function gpuScript(deployment: Deployment, recipe: string): string {
  const { model, name, fp4 } = deployment;
  const filled: Record<string, string> = {
    MODEL: JSON.stringify(model.id),
    OUT: JSON.stringify(name),
    FP4: JSON.stringify(fp4),
    RECIPE: `r"""\n${recipe}"""`,
  };
  if (!/^[\x20-\x7e]+$/.test(model.id)) throw new ExportError(`model "${model.id}": only printable ASCII can stand in the script`);
  let text = readFileSync(gpuScriptPath(), 'utf8');
  for (const [constant, value] of Object.entries(filled)) {
    const line = `${constant} = ""\n`;
    if (text.split(line).length !== 2) throw new ExportError(`gpu-script.py has no single line ${constant} = ""`);
    text = text.replace(line, () => `${constant} = ${value}\n`);
  }
  return text;
}
