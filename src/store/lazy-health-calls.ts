import { err } from '../result.ts'
import type { HealthCalls, Zone } from '../zone/index.ts'

/** Makes the pools that only queries can know. The code for it is loaded with the first zone that needs it: most do not. */
export class LazyHealthCalls {
  private readonly load: (() => Promise<HealthCalls>) | undefined
  private loaded: HealthCalls | undefined

  constructor(load: (() => Promise<HealthCalls>) | undefined) {
    this.load = load
  }

  readonly make: HealthCalls = (...call) =>
    this.loaded?.(...call) ?? err('this Worker cannot make checks out of queries')

  /** Call before a zone is put to use. */
  async prepareFor({ asksTargets }: Zone): Promise<void> {
    if (asksTargets) this.loaded ??= await this.load?.()
  }
}
