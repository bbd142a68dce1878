/** An agent's calls to nobody: all answered, none paid for, none that leaves the process. */
import { expect } from 'chai';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { rehearse } from '../../../harness/agents/rehearsal.js';
import { requestSettings } from '../../../harness/configuration/endpoint.js';
import { CallBudget } from '../../../harness/endpoints/budget.js';
import { taskNamed } from '../../../harness/match/tasks.js';

describe('a rehearsal', () => {
  for (const name of ['hft', 'fighter'])
    for (const afterRelease of ['cancel', 'read'] as const)
      it(`asks nobody and costs nothing (${name}, ${afterRelease})`, async () => {
        let connections = 0;
        const endpoint = createServer((socket) => (connections++, socket.destroy())).listen(0, '127.0.0.1');
        await once(endpoint, 'listening');
        const task = taskNamed(name);
        const budget = new CallBudget({ maxCalls: 1 });
        const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/v1`;
        const target = { url, model: 'm', apiKey: 'sk-never-to-be-sent-anywhere' };
        const request = requestSettings.parse({ afterRelease });
        const answered = await rehearse(task, task.parseOptions({}), 7, { target, request, prompt: 'reference', budget });
        expect(answered).to.equal(200);
        expect([connections, budget.spent.calls]).to.deep.equal([0, 0]);
        endpoint.close();
      });
});
