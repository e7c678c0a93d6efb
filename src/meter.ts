/** Takes steps off a budget. Throws `OverBudget` where nothing is left. */
export type Meter = { chargeSteps(steps: number): void }

/** For code that runs when a zone is compiled, on data of our own. */
export const UNMETERED: Meter = { chargeSteps: () => undefined }

/** Ends what has used up its budget: Lua's `pcall` does not catch this. */
export class OverBudget {
  readonly why: string

  constructor(why: string) {
    this.why = why
  }
}
