import { formatName } from '../dns/query-path.ts'
import { guardTargets, loadChecks, type StoredChecks, storeChecks, ZoneGuard } from '../health/index.ts'
import { parseReceivers, type ReceiverDocument } from '../notify/index.ts'
import { err, ok, type Result } from '../result.ts'
import { Damaged, listOf, objectOf, parsedOf, textOf } from '../stored-value.ts'
import type { LocalZone } from '../zone/index.ts'
import { originKey } from './shapes.ts'

/** The version of the text. A Worker refuses others, and goes on with what it has. */
const VERSION = 1

/** All that the cron needs of a zone. `aliases` are names outside of it, as `outsideAliases` of `LocalZone`. */
export type CronNeeds = StoredChecks & {
  readonly guard?: ZoneGuard | undefined
  readonly aliases: readonly string[]
  readonly notify: readonly ReceiverDocument[]
}

/** Returns the text of all that the cron needs of a zone; undefined if that is nothing. It names its zone. */
export function formatChecks(zone: LocalZone): string | undefined {
  const { conditions, pools, asksTargets, origin, outsideAliases: aliases, notify = [] } = zone
  const isEmpty = conditions.length + pools.length + aliases.length + notify.length === 0 && !asksTargets
  if (isEmpty) return undefined
  const shell = { version: VERSION, origin: formatName(origin.key), checks: storeChecks(zone) }
  return JSON.stringify({ ...shell, ...(aliases.length > 0 && { aliases }), ...(notify.length > 0 && { notify }) })
}

/** @param origin as the catalog has it */
export function parseChecks(text: string, origin: string): Result<CronNeeds> {
  try {
    const { version, origin: own, checks, aliases = [], notify = [] } = objectOf(parsedOf(text))
    if (version !== VERSION) return err(`the checks are of version ${version}; expected ${VERSION}`)
    if (typeof own !== 'string' || originKey(own.replace(/\.$/, '')) !== originKey(origin)) {
      return err(`the checks are of another zone; expected ${origin}.`)
    }
    const loaded = loadChecks(checks)
    const zone = own === '.' ? own : own.replace(/\.$/, '')
    const { guard } = loaded
    return ok({
      ...loaded,
      guard: guard && new ZoneGuard(zone, guard.settings, guardTargets(loaded.conditions)),
      aliases: listOf(aliases).map(textOf),
      // An earlier version may know fewer events, and must not lose the checks for that.
      notify: parseReceivers(notify),
    })
  } catch (error) {
    if (error instanceof Damaged) return err(error.message)
    throw error
  }
}
