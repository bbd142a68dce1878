/**
 * Fairness between tenants by the virtual token counter of Sheng et al., "Fairness in Serving Large Language Models" (OSDI 2024,
 * arXiv 2401.00588), in its weighted form: each tenant's counter grows by the tokens it was served, divided by its weight; of the tenants that
 * wait the one with the least counter is next; one that comes back from idleness is lifted to the least of the active ones, so that idleness
 * saves up nothing. Input counts 1 and output 2, as in the paper; cached input counts like any other.
 */

const OUTPUT_WEIGHT = 2;

/** Service as the counters measure it. */
export function serviceOf(promptTokens: number, outputTokens: number): number {
  return promptTokens + OUTPUT_WEIGHT * outputTokens;
}

interface Tenant {
  counter: number;
  /** Calls that wait or run. */
  active: number;
}

export class Tenants {
  private readonly tenants = new Map<string, Tenant>();
  /** The least counter that an active tenant had: where a new one begins. */
  private floor = 0;

  constructor(private readonly weights: Readonly<Record<string, number>>) {}

  /** Tenants that are remembered: those with calls, and those that had more than their share. */
  get size(): number {
    return this.tenants.size;
  }

  counter(tenant: string): number {
    return this.tenants.get(tenant)?.counter ?? this.floor;
  }

  /** A call of a tenant's came. */
  enter(tenant: string): void {
    const known = this.tenants.get(tenant);
    if (known && known.active > 0) return void known.active++;
    this.raiseFloor();
    this.tenants.set(tenant, { counter: Math.max(known?.counter ?? 0, this.floor), active: 1 });
  }

  /** A call of a tenant's is over. */
  leave(tenant: string): void {
    const known = this.tenants.get(tenant)!;
    this.raiseFloor();
    if (--known.active > 0) return;
    for (const [name, { active, counter }] of this.tenants) if (active === 0 && counter <= this.floor) this.tenants.delete(name);
  }

  /** A tenant was served so much (less, when negative: an estimate was too high). */
  serve(tenant: string, service: number): void {
    const known = this.tenants.get(tenant);
    if (known) known.counter += service / this.weight(tenant);
  }

  /** Its share of service while several want it. */
  weight(tenant: string): number {
    return Object.hasOwn(this.weights, tenant) ? this.weights[tenant]! : 1;
  }

  private raiseFloor(): void {
    let least = Infinity;
    for (const { active, counter } of this.tenants.values()) if (active > 0 && counter < least) least = counter;
    if (least !== Infinity && least > this.floor) this.floor = least;
  }
}
