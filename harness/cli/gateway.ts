/** `tickbench gateway FILE`: serves programs of calls through several backends, from one OpenAI-compatible address. */
import { Command } from 'commander';
import { ConfigurationError } from '../configuration/configuration.js';
import { openRoot, reportLine } from '../gateway/resources/root.js';
import { gatewayJsonSchema, readGatewaySettings } from '../gateway/settings.js';
import { startGateway } from '../gateway/server.js';
import { redact } from '../host/secrets.js';
import { portNumber, UsageError } from './values.js';

interface GatewayFlags {
  host?: string;
  port?: number;
  json?: boolean;
  reclaim?: boolean;
  schema?: boolean;
}

/** The verb, for the program that assembles them. */
export function gatewayCommand(): Command {
  return new Command('gateway')
    .argument('[file]', "the gateway's file; examples/gateway.yaml is one to copy")
    .option('--port <n>', "its port, in place of the file's; 0 for any free one", portNumber)
    .option('--host <address>', "the address to listen on, in place of the file's; by default this machine alone is served")
    .option('--json', 'print the address, or what was reclaimed, as one line of JSON')
    .option('--reclaim', 'serve nothing: reclaim the worlds of a gateway that was killed, say what was found, and end')
    .option('--schema', "print the JSON Schema of a gateway's file and stop")
    .addHelpText(
      'after',
      [
        '',
        'Serves POST /v1/chat/completions and /v1/completions, GET /v1/models,',
        'GET /programs, GET /programs/ID, POST /programs/ID/release, GET /health and',
        'GET /metrics. docs/gateway.md says what each does and which headers are read.',
        '',
        'Example:',
        '  $ tickbench gateway examples/gateway.yaml --port 8080',
        '  $ curl http://127.0.0.1:8080/v1/chat/completions -H "x-session-id: agent-7" \\',
        '      -H "content-type: application/json" \\',
        '      -d \'{"model": "M", "messages": [{"role": "user", "content": "Hello"}]}\'',
        '  $ curl -X POST http://127.0.0.1:8080/programs/agent-7/release',
      ].join('\n'),
    )
    .action(gateway);
}

async function gateway(file: string | undefined, flags: GatewayFlags): Promise<void> {
  if (flags.schema) return void process.stdout.write(`${JSON.stringify(gatewayJsonSchema(), null, 2)}\n`);
  if (file === undefined) throw new UsageError('no file; accepted: a YAML file such as examples/gateway.yaml, or --schema');
  await (flags.reclaim ? reclaim(file, flags) : serve(file, flags));
}

/** Reclaims what a gateway left that was killed. Ends with status 1 when some of it is left still. */
async function reclaim(file: string, { json }: GatewayFlags): Promise<void> {
  const { resources } = readGatewaySettings(file);
  if (!resources) throw new ConfigurationError(`${file} has no section resources: there is nothing to reclaim`);
  const root = await openRoot(resources, (line) => process.stderr.write(`${redact(line)}\n`));
  await root.close();
  const { report } = root;
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${reportLine(report) ?? 'no world was left'}\n`);
  for (const each of report.left) process.stderr.write(`not reclaimed: ${redact(each)}\n`);
  if (report.left.length > 0) process.exitCode = 1;
}

async function serve(file: string, flags: GatewayFlags): Promise<void> {
  const settings = readGatewaySettings(file);
  if (flags.host !== undefined) settings.listen.host = flags.host;
  if (flags.port !== undefined) settings.listen.port = flags.port;
  const running = await startGateway(settings, (line) => process.stderr.write(`${redact(line)}\n`));
  process.stdout.write(flags.json ? `${JSON.stringify({ url: running.url })}\n` : `${running.url}; Ctrl-C ends it\n`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  await running.stop();
}
