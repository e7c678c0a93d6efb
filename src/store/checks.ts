import { formatName } from '../dns/query-path.ts'
import { loadChecks, type StoredChecks, storeChecks } from '../health/index.ts'
import { err, ok, type Result } from '../result.ts'
import { Damaged, objectOf, parsedOf } from '../stored-value.ts'
import type { LocalZone } from '../zone/index.ts'
import { originKey } from './shapes.ts'

/** The version of the text. A Worker refuses others, and goes on with what it has. */
const VERSION = 1

/** Returns the text of all that the cron needs of a zone; undefined for a zone without checks and pools. It names its zone. */
export function formatChecks(zone: LocalZone): string | undefined {
  const { conditions, pools, asksTargets, origin } = zone
  if (conditions.length === 0 && pools.length === 0 && !asksTargets) return undefined
  return JSON.stringify({ version: VERSION, origin: formatName(origin.key), checks: storeChecks(zone) })
}

/** @param origin as the catalog has it */
export function parseChecks(text: string, origin: string): Result<StoredChecks> {
  try {
    const { version, origin: own, checks } = objectOf(parsedOf(text))
    if (version !== VERSION) return err(`the checks are of version ${version}; expected ${VERSION}`)
    if (typeof own !== 'string' || originKey(own.replace(/\.$/, '')) !== originKey(origin)) {
      return err(`the checks are of another zone; expected ${origin}.`)
    }
    return ok(loadChecks(checks))
  } catch (error) {
    if (error instanceof Damaged) return err(error.message)
    throw error
  }
}
