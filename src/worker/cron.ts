import { logEvent } from '../events.ts'
import {
  CRON,
  distinctProbes,
  formatVantage,
  isProbedFrom,
  probeBlocker,
  type RoundResult,
  roundWithOffered,
  type Vantage,
} from '../health/index.ts'
import {
  inTime,
  keepGoodOverrides,
  type Looked,
  parseCatalog,
  RECONCILE_MS,
  VantageWriter,
  type WaitUntil,
} from '../store/index.ts'
import { resolveAliases } from './aliases.ts'
import { appliedNow } from './applied.ts'
import { type AllConditions, allConditions } from './conditions.ts'
import type { Env } from './env.ts'
import { tellGuards } from './guards.ts'
import { snapshotFor } from './isolate.ts'
import { tellMonitor } from './monitor-object.ts'
import { probeRound } from './prober.ts'
import type { Settings } from './settings.ts'
import { adopterObject } from './zone-adopter.ts'

const TICK_MS = 60_000

/** Probes end by then, which leaves time to write what they found before the next tick begins. */
const PROBES_MS = 45_000
const TICK_ENDS_MS = 58_000

/** Probes of asked checks begin within so long: the results of the others wait for the end of the round. */
const ASKED_MS = 15_000

/** The state that an isolate keeps between ticks. The next tick may run in another isolate. */
let writer: VantageWriter | undefined
let probingSince = 0
let lookedAt = 0

/** Does all that is due every minute. Each part is tried, even if others fail. */
export async function tick(scheduledTime: number, env: Env, settings: Settings, waitUntil: WaitUntil): Promise<void> {
  const work = [
    adoptZones(scheduledTime, env),
    resolveAliases(env, settings, waitUntil),
    settings.regions.length > 0 ? watchRegions(env, settings) : probeAndTell(env, settings, waitUntil),
  ]
  const done = await Promise.allSettled(work.map((part) => inTime(part, TICK_ENDS_MS)))
  for (const result of done) {
    if (result.status === 'rejected') logEvent({ event: 'tick-failed', why: String(result.reason) })
  }
}

async function adoptZones(scheduledTime: number, env: Env): Promise<void> {
  const minute = Math.floor(scheduledTime / TICK_MS)
  if (minute === lookedAt) return
  lookedAt = minute
  const look = (): Promise<Looked> => adopterObject(env).look(scheduledTime)
  // An object whose code was just replaced refuses one call.
  const { catalog, result } = await look().catch(look)
  const taken = catalog === undefined ? undefined : parseCatalog(catalog)
  if (taken?.ok) snapshotFor(env).take(taken.value)
  if (catalog !== undefined) await tellMonitor(env, { catalog })
  const isTold = (minute * TICK_MS) % RECONCILE_MS === 0
  if (catalog !== undefined || isTold) logEvent({ event: 'reconciled', ...result })
  if (isTold) await keepGoodOverrides(env.GSLB)
}

/** Probes, and has the monitor look after each tick: time alone changes states, too. */
async function probeAndTell(env: Env, settings: Settings, waitUntil: WaitUntil): Promise<void> {
  let written: Vantage | undefined
  try {
    written = await probe(env, settings, waitUntil)
  } finally {
    await tellMonitor(env, written ? { vantage: formatVantage(written) } : {})
  }
}

/** @returns the document, if the round wrote another state */
async function probe(env: Env, settings: Settings, waitUntil: WaitUntil): Promise<Vantage | undefined> {
  // One at a time in an isolate; another isolate may be at it too, which the writer copes with. One that was broken off
  // does not say so.
  const began = Date.now()
  // A time that is ahead is one that a wrong clock gave.
  if (began >= probingSince && began - probingSince < TICK_ENDS_MS) return undefined
  probingSince = began
  try {
    const all = await allConditions(env, began, waitUntil)
    const news = await round(all, env, settings, waitUntil)
    await tellGuards(all.guards, env, waitUntil)
    return news
  } finally {
    if (probingSince === began) probingSince = 0
  }
}

/** Makes one round of probes, and writes what it found. @returns the document if others have to be told of it */
async function round(
  all: AllConditions,
  env: Env,
  settings: Settings,
  waitUntil: WaitUntil,
): Promise<Vantage | undefined> {
  const { conditions, asked, complete } = all
  const probes = distinctProbes(conditions).filter(
    (one) => isProbedFrom(one, CRON, settings.defaultVantages) && probeBlocker(one, settings.platform) === undefined,
  )
  if (probes.length === 0) return undefined
  writer ??= new VantageWriter(env.GSLB, {
    name: CRON,
    perDay: settings.writesPerDay,
    forgets: true,
    shared: true,
    clock: Date.now,
    log: logEvent,
  })
  const before = await writer.load()
  if (!before) return undefined
  const continued = writer.continues(1.5 * TICK_MS)
  const own = writer
  const applied = await appliedNow(env, all, Date.now(), waitUntil)
  let isNews = false
  const save = async (found: RoundResult): Promise<Saved> => {
    const round = roundWithOffered(found, before, applied)
    const saved = await own.save(round)
    isNews ||= saved === 'written' && found.changed === 'state'
    return saved
  }
  const early = async (soFar: RoundResult): Promise<void> => {
    await save(soFar)
    if (isNews && own.remembered) waitUntil(tellMonitor(env, { vantage: formatVantage(own.remembered) }))
  }
  const share = { ids: asked, ms: ASKED_MS }
  const request = {
    probes,
    before,
    complete,
    continued,
    asked: share,
    everyMs: TICK_MS,
    deadlineMs: PROBES_MS,
    early,
  }
  const result = await probeRound(request, settings)
  const saved = await save(result)
  logEvent({ event: 'probed', ...result.after.round, changed: result.changed, saved })
  return isNews ? own.remembered : undefined
}

type Saved = Awaited<ReturnType<VantageWriter['save']>>

async function watchRegions(env: Env, settings: Settings): Promise<void> {
  await wakeRegions(env, settings)
  await tellMonitor(env)
}

/** Durable Objects probe by themselves; this starts them, and starts them again should they have stopped. */
async function wakeRegions(env: Env, { regions }: Settings): Promise<void> {
  const woken = await Promise.allSettled(
    regions.map((region) => env.VANTAGE.get(env.VANTAGE.idFromName(region), { locationHint: region }).wake(region)),
  )
  regions.forEach((region, i) => {
    const result = woken[i]
    if (result?.status === 'rejected') logEvent({ event: 'region-failed', region, why: String(result.reason) })
  })
}
