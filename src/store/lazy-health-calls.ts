import { err } from '../result.ts'
import type { HealthCalls, Zone } from '../zone/query-path.ts'

const NOT_LOADED = 'this Worker cannot make checks out of queries'

/**
 * Makes the pools that only queries can know. The code for it is loaded with the first zone that needs it: most do not.
 */
export class LazyHealthCalls {
  private readonly load: (() => Promise<HealthCalls>) | undefined
  private loaded: HealthCalls | undefined

  constructor(load: (() => Promise<HealthCalls>) | undefined) {
    this.load = load
  }

  readonly calls: HealthCalls = {
    answer: (...call) => this.loaded?.answer(...call) ?? err(NOT_LOADED),
    patternSize: (pattern) => this.loaded?.patternSize(pattern) ?? err(NOT_LOADED),
  }

  /** Call before a zone is put to use. */
  async prepareFor({ asksTargets }: Zone): Promise<void> {
    if (asksTargets) this.loaded ??= await this.load?.()
  }
}
