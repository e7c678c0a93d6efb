import { loadGuards } from '../../health/query-path.ts'
import { loadPacing } from '../../policy/query-path.ts'
import type { HealthCalls } from '../../powerdns/index.ts'
import type { Head } from './head.ts'
import type { OpenAids } from './open-zone.ts'

/** Loads the code that makes pools out of queries. */
export type LoadHealthCalls = () => Promise<HealthCalls>

/** Loads the code that a zone needs, and most zones do not. @param loadHealthCalls is left out where nobody has it */
export async function aidsFor(
  { needs, asksTargets, guard, tellsHealth }: Head,
  loadHealthCalls: LoadHealthCalls | undefined,
): Promise<OpenAids> {
  const [scripts, hints, pacing, guards, told, asked, healthCalls] = await Promise.all([
    needs.includes('scripts') ? import('./scripts.ts') : undefined,
    needs.includes('hints') ? import('./hints.ts') : undefined,
    needs.includes('pacing') ? loadPacing() : undefined,
    guard === undefined ? undefined : loadGuards(),
    tellsHealth ? import('../told/index.ts') : undefined,
    asksTargets ? import('./asked-pools.ts') : undefined,
    asksTargets ? loadHealthCalls?.() : undefined,
  ])
  return {
    ...(scripts && { scripts: scripts.scriptsWith(healthCalls && asked?.askedPoolsWith(healthCalls)) }),
    ...(pacing && { pacing }),
    ...(guards && { readGuard: guards.readGuard }),
    ...told,
    ...(hints && { withHints: hints.rdataWithHints }),
  }
}
