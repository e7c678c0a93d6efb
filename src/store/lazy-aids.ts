import type { Head, HealthCalls, OpenAids } from '../zone/query-path.ts'

/** Loads the code that some zones need, and most do not. */
export class LazyAids {
  private readonly loadHealthCalls: (() => Promise<HealthCalls>) | undefined

  /** @param loadHealthCalls loads the code that makes pools out of queries */
  constructor(loadHealthCalls: (() => Promise<HealthCalls>) | undefined) {
    this.loadHealthCalls = loadHealthCalls
  }

  async for({ needs, asksTargets }: Head): Promise<OpenAids> {
    const [scripts, hints, healthCalls] = await Promise.all([
      needs.includes('scripts') ? import('./scripts.ts') : undefined,
      needs.includes('hints') ? import('./hints.ts') : undefined,
      asksTargets ? this.loadHealthCalls?.() : undefined,
    ])
    return {
      ...(scripts && { scripts: scripts.scriptsWith(healthCalls) }),
      ...(hints && { withHints: hints.rdataWithHints }),
    }
  }
}
