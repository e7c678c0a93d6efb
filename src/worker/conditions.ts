import { logEvent } from '../events.ts'
import type { AskedFull, PoolShape, ProbeCondition, ZoneGuard } from '../health/index.ts'
import type { ReceiverDocument } from '../notify/index.ts'
import { AskedCopy, type WaitUntil } from '../store/index.ts'
import { askedObject } from './asked-object.ts'
import type { Env } from './env.ts'
import { isolateSettings, snapshotFor } from './isolate.ts'

/** The isolate's own, made once: it knows the checks that all isolates told. */
let copy: AskedCopy | undefined

/** Every check that there is to probe: those of zone documents, and those that queries asked for. */
export type AllConditions = {
  readonly conditions: readonly ProbeCondition[]
  /** The ids of probes that no document has: queries asked for them. */
  readonly asked: ReadonlySet<string>
  readonly full: readonly AskedFull[]
  /** The pools of each zone, by its origin. */
  readonly pools: ReadonlyMap<string, readonly PoolShape[]>
  /** The guards of zones, by the origin without the final dot. */
  readonly guards: ReadonlyMap<string, ZoneGuard>
  /** The receivers of a zone's changes, by its origin. */
  readonly notify: ReadonlyMap<string, readonly ReceiverDocument[]>
  /** The names outside the zones that ALIAS records lead to. */
  readonly aliases: readonly string[]
  /** True if that is all of them: every zone could be read, and the list of asked checks. */
  readonly complete: boolean
  /** The reason why the list could not be read. */
  readonly problem?: string
}

/** Reads all of it. Never rejects. */
export async function allConditions(env: Env, now: number, waitUntil: WaitUntil): Promise<AllConditions> {
  copy ??= new AskedCopy({ refreshMs: isolateSettings(env).refreshMs, clock: Date.now, log: logEvent })
  const { conditions, asking, pools, guards, notify, aliases, complete } = await snapshotFor(env).conditions(
    now,
    waitUntil,
  )
  const read = async (zones: readonly string[]) => askedObject(env).list(zones, complete)
  const { problem, full, ...asked } = await copy.of(asking, read, now, waitUntil)
  const own = new Set(conditions.map(({ probe }) => probe.id))
  const others = asked.conditions.filter(({ probe }) => !own.has(probe.id))
  return {
    conditions: [...conditions, ...others],
    asked: new Set(others.map(({ probe }) => probe.id)),
    full,
    pools,
    guards,
    notify,
    aliases,
    complete: complete && problem === undefined,
    ...(problem !== undefined && { problem }),
  }
}
