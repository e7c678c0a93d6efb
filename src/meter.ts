/** Charges steps to a budget. Throws `OverBudget` if none is left. */
export type Meter = { chargeSteps(steps: number): void }

/** Charges nothing: for code that runs on trusted data when a zone is compiled. */
export const UNMETERED: Meter = { chargeSteps: () => undefined }

/** Ends an evaluation without budget. Lua's `pcall` does not catch it. */
export class OverBudget {
  readonly why: string

  constructor(why: string) {
    this.why = why
  }
}
