/** Patient matches over sockets: everybody is charged the same, whatever it takes, and what comes of it is told and can be played again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { decisionsOf } from '../../../scoring/trace/decisions.js';
import { playPatiently } from '../../../scoring/reward/patient.js';
import { PATIENT_TIMEOUT_US } from '../../../harness/match/patient.js';
import { playMatch, PlanError } from '../../../harness/match/match.js';
import { registerTask, taskNamed } from '../../../harness/match/tasks.js';
import { agentSeed } from '../../../harness/match/welcome.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { reportMatch } from '../../../harness/report/run.js';
import { patientPlayer } from '../../../harness/seating/patient.js';
import { Seating } from '../../../harness/seating/seating.js';
import { SeatError, type Player } from '../../../harness/seating/seats.js';
import { TraceError } from '../../../harness/traces/parse.js';
import { isAsRecorded, replayTrace } from '../../../harness/traces/replay.js';
import { toy } from '../match/toy-task.js';
import { linkedAgent, seat, toyPlan, walk } from '../match/players.js';

registerTask(toy);

describe('patient matches', function () {
  this.timeout(60_000);
  let server: MatchServer;
  beforeEach(async () => (server = await MatchServer.listen({})));
  afterEach(() => server.close());

  for (const name of ['fighter', 'hft'])
    it(`earn a bot of ${name} over sockets what it earns in process, seed by seed`, async () => {
      const task = taskNamed(name);
      const options = name === 'fighter' ? { rounds: 1, roundSeconds: 4 } : { durationUs: 4_000_000, gridUs: 100_000 };
      const opponent: Player = { kind: 'bot', bot: 'expert', errorPermille: 200, givenUs: 200_000, addedUs: 0 };
      const own = patientPlayer(task, {
        kind: 'bot',
        bot: 'expert',
        errorPermille: 0,
        addedUs: 5000,
        latency: { feed: { kind: 'constant', us: 7 } },
      });
      const seeds = [11, 12];
      const seating = new Seating(server, () => undefined);
      try {
        const rewards: number[] = [];
        for (const seed of seeds) {
          const seats = task.seats(task.parseOptions(options));
          const players = Array.from({ length: seats }, (_, i) => (i === seed % seats ? own : opponent));
          const match = {
            id: `${name}-${seed}`,
            task: name,
            options,
            seed,
            clock: 'virtual',
            speed: 1,
            timeoutUs: PATIENT_TIMEOUT_US,
          } as const;
          const trace = await seating.play({ ...match, players, patient: true });
          expect(trace.footer!.verdict.counts).to.equal(true);
          expect(trace.header.patient).to.equal(true);
          expect(new Set(decisionsOf(trace, seed % seats).map(({ latencyUs }) => latencyUs))).to.deep.equal(
            new Set([task.patient!.latencyUs]),
          );
          expect(isAsRecorded(replayTrace(trace))).to.equal(true);
          rewards.push(trace.footer!.results.reward[seed % seats]!);
        }
        const scripted = { bot: 'expert', errorPermille: 200, delayUs: 200_000 };
        const playerSeed = (matchSeed: number, at: number): number => agentSeed('bot', matchSeed, at);
        const inProcess = playPatiently(task, { bot: 'expert', errorPermille: 0 }, { options, seeds, opponent: scripted, playerSeed });
        expect(rewards).to.deep.equal([...inProcess.values()]);
      } finally {
        await seating.stop();
      }
    });

  it('wait for a slow agent, charge it no more than a quick one, and say so', async () => {
    const quick = await linkedAgent(server, 'quick');
    const slow = await linkedAgent(server, 'slow', async (observation) => {
      await sleep(30);
      return walk(observation);
    });
    const seats = [seat('quick', { givenUs: 20_000 }), seat('slow', { givenUs: 20_000, kind: 'model' })];
    const trace = await playMatch(server, toyPlan({ seats, clock: 'virtual', patient: true, timeoutUs: PATIENT_TIMEOUT_US }));
    const latencies = [0, 1].map((index) => decisionsOf(trace, index).map(({ latencyUs }) => latencyUs));
    expect(latencies[0]!.length).to.equal(latencies[1]!.length).and.be.above(5);
    expect(new Set(latencies.flat())).to.deep.equal(new Set([20_000]));
    expect(reportMatch(taskNamed('toy'), trace, '').patient).to.match(/the clock waited .* quick 20 ms, slow 20 ms/);
    quick.link.close();
    slow.link.close();
  });

  it('are none with a measured latency, on the wall clock, or with a human; a record that says otherwise is refused', async () => {
    const { link } = await linkedAgent(server, 'a');
    const refused = async (given: Partial<Parameters<typeof toyPlan>[0]>): Promise<unknown> =>
      playMatch(server, toyPlan({ seats: [seat('a')], patient: true, ...given })).catch((error: unknown) => error);
    expect(await refused({ clock: 'virtual' }))
      .to.be.instanceOf(PlanError)
      .with.property('message')
      .that.includes('that of a is not');
    expect(await refused({ clock: 'wall', seats: [seat('a', { givenUs: 20_000 })] })).to.be.instanceOf(PlanError).with.property('message').that.includes('virtual clock'); // prettier-ignore
    expect(() => patientPlayer(taskNamed('fighter'), { kind: 'human', name: 'me', addedUs: 0 })).to.throw(SeatError, 'me');
    const trace = await playMatch(server, toyPlan({ seats: [seat('a')], clock: 'virtual' }));
    trace.header.patient = true;
    expect(() => replayTrace(trace)).to.throw(TraceError, 'header.patient');
    link.close();
  });
});
