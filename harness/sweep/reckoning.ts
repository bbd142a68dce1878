/** What is reckoned when nothing is being measured any more, on all cores: patient matches of bots, values of decisions, how seats traded. */
import type { ValuedMatch } from '../../scoring/figures/summary.js';
import { Threads, type PoolSettings } from '../host/pool.js';
import { COST } from './costs.js';
import { patientBots, type PatientBots } from './patient.js';
import type { Planned } from './planned.js';
import type { CellResult } from './play.js';
import type { Progress } from './progress.js';
import type { SweepStore } from './store.js';
import { tradingRows } from './trading.js';
import { valuedMatches } from './valuing.js';

export class Reckoning {
  private readonly threads = new Threads();

  /** @param pool how many threads, and what stops them */
  constructor(
    private readonly store: SweepStore,
    private readonly progress: Progress,
    private readonly pool: Pick<PoolSettings, 'workers' | 'signal'>,
  ) {}

  /** What the bots earn when the clock waits, both ends of the scale among them; undefined when it was stopped. @throws JobError, StoreError */
  async patientBots(planned: readonly Planned[]): Promise<Map<string, PatientBots> | undefined> {
    this.progress.at('patient matches of bots');
    return patientBots(planned, this.store, { ...this.pool, threads: this.threads });
  }

  /** The oracle's values of a sample of every model match's decisions. @throws JobError, StoreError */
  async values(played: readonly CellResult[]): Promise<ValuedMatch[]> {
    const onProgress = (done: number, total: number): void => {
      this.progress.spend(COST.oracle);
      this.progress.at(`oracle: ${done}/${total} matches`);
    };
    return valuedMatches(played, this.store, this.say, { ...this.pool, threads: this.threads, onProgress });
  }

  /** How the entrants traded, where their task's seats do. @throws JobError, StoreError */
  async trading(results: readonly CellResult[]): ReturnType<typeof tradingRows> {
    const onProgress = (done: number, total: number): void => this.progress.at(`how they traded: ${done}/${total} matches played again`);
    return tradingRows(results, this.store, this.say, { ...this.pool, threads: this.threads, onProgress });
  }

  /** Ends its threads. */
  async close(): Promise<void> {
    await this.threads.close();
  }

  private readonly say = (line: string): void => this.progress.say(line);
}
