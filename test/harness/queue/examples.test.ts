/** The files that start a sweep on many machines name verbs, options and volumes that there are. Docker and Kubernetes themselves are not asked. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { sweepCommand } from '../../../harness/cli/sweep.js';
import { workerCommand } from '../../../harness/cli/worker.js';
import { packageRoot } from '../../../harness/host/root.js';

interface Service {
  environment: Record<string, string>;
  command?: string[];
  volumes?: string[];
  depends_on?: Record<string, unknown>;
}
interface Container {
  command: string[];
  args: string[];
  env: { name: string }[];
}

const read = (name: string): unknown => parse(readFileSync(join(packageRoot(), 'examples/many-machines', name), 'utf8'));

/** Holds a command line against the program. */
function expectCommand([node, program, verb, ...args]: string[]): void {
  expect([node, program]).to.deep.equal(['node', 'dist/harness/cli/main.js']);
  const command = ({ sweep: sweepCommand, worker: workerCommand } as Record<string, () => Command>)[verb!]!();
  const { unknown } = command.parseOptions(args);
  expect(unknown, args.join(' ')).to.deep.equal([]);
}

describe('examples of many machines', () => {
  it('for docker compose name commands, volumes and services that there are', () => {
    const { services, volumes } = read('compose.yaml') as { services: Record<string, Service>; volumes: Record<string, unknown> };
    for (const name of ['sweep', 'worker']) {
      const { command, environment, depends_on } = services[name]!;
      expectCommand(command!);
      expect(new URL(environment['DATABASE_URL']!.replaceAll(/\$\{\w+\}/g, 'x')).hostname).to.equal('database');
      for (const other of Object.keys(depends_on!)) expect(services).to.have.property(other);
    }
    for (const { volumes: own = [] } of Object.values(services))
      for (const volume of own) expect(volumes).to.have.property(volume.split(':')[0]!);
  });

  it('build an image without what git ignores: a sweep in it would go on from results of the folder that it is built in', () => {
    const lines = (name: string): string[] => readFileSync(join(packageRoot(), name), 'utf8').split('\n').map((line) => line.replace(/^\/|\/$/g, '')); // prettier-ignore
    const folders = readFileSync(join(packageRoot(), '.gitignore'), 'utf8')
      .split('\n')
      .filter((line) => line.endsWith('/'));
    expect(folders).to.include('results/');
    expect(lines('.dockerignore')).to.include.members([...folders.map((line) => line.replace(/^\/|\/$/g, '')), '.git']);
  });

  it('for Kubernetes name a command that there is, and every variable that it uses', () => {
    const job = read('job.yaml') as { kind: string; spec: { template: { spec: { containers: Container[] } } } };
    expect(job.kind).to.equal('Job');
    const [{ command, args, env }] = job.spec.template.spec.containers as [Container];
    expectCommand([...command, ...args.map((each) => each.replace(/\$\(\w+\)/, 'node-1.example'))]);
    const used = args.flatMap((each) => [...each.matchAll(/\$\((\w+)\)/g)].map(([, name]) => name!));
    expect(env.map(({ name }) => name)).to.include.members([...used, 'DATABASE_URL']);
  });
});
