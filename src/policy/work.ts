import type { StepBudget } from '../geo/query-path.ts'
import { MAX_QUERY_STEPS, MAX_SCRIPT_BYTES } from '../limits.ts'
import { type Meter, OverBudget } from '../meter.ts'

/** The budget of one query. All records, pools, views and scripts that it evaluates share it. */
export class Work implements Meter {
  steps = MAX_QUERY_STEPS
  /** The octets of texts and tables that scripts may make. */
  bytes = MAX_SCRIPT_BYTES
  /**
   * The cells of the geo database that may be scanned for exact scopes: as many as the database allows for one look-up.
   * If none are left, scopes are longer.
   */
  get cells(): StepBudget {
    this.budget ??= { left: Number.POSITIVE_INFINITY }
    return this.budget
  }
  private budget: StepBudget | undefined

  chargeSteps(steps: number): void {
    this.steps -= steps
    if (this.steps < 0) throw new OverBudget('it took too many steps')
  }
}
