import {
  distinctNames,
  type Guards,
  guardedIn,
  type Health,
  type LiveOverride,
  overrideText,
  type PoolOfMembers,
  type PoolShape,
  type ProbeCondition,
  probesOf,
  type Status,
  sinceOf,
  subjectText,
  type Witness,
  zoneOfCheck,
} from '../health/index.ts'
import { poolReports, poolsIn } from '../policy/index.ts'
import { REFUSED } from './events.ts'
import type { About, Subject } from './subject.ts'

/** All that a look sees: what stands in KV, and the time, which is that of `health`. */
export type LookInput = {
  readonly health: Health
  /** Checks of zone documents. */
  readonly conditions: readonly ProbeCondition[]
  /** The pools of each zone, by its origin without the final dot. */
  readonly pools: ReadonlyMap<string, readonly PoolShape[]>
  /** The guards of zones, by the origin without the final dot. */
  readonly guards: Guards
  readonly zones: ReadonlyMap<
    string,
    { readonly serial: number; readonly hash: string; readonly since?: number | undefined }
  >
  readonly refused: readonly { readonly origin: string; readonly why: string; readonly since: number }[]
}

/** Returns the state of all subjects at the moment of `health`, by their keys. */
export function look(input: LookInput): Map<string, Subject> {
  const subjects = new Map<string, Subject>()
  const add = (subject: Subject): void => {
    if (!subjects.has(subject.key)) subjects.set(subject.key, subject)
  }
  const origins = new Set(input.zones.keys())
  const voices = new Voices(input.health)
  const nameOf = distinctNames(input.conditions)
  const datacenters = datacentersOf(input.pools)
  for (const condition of input.conditions) {
    const zone = zoneLabel(zoneOfCheck(condition.check, origins))
    const witnesses = input.health.witnesses(condition.probe, condition.stale)
    voices.hear(zone, condition, witnesses)
    add(targetOf(condition, nameOf(condition), zone, witnesses, input.health, datacenters))
  }
  for (const [origin, shapes] of input.pools) {
    const health = guardedIn(origin, input.guards, input.health)
    for (const subject of poolsOf(zoneLabel(origin), shapes, health, nameOf)) add(subject)
  }
  for (const subject of voices.subjects()) add(subject)
  for (const subject of guardsOf(input)) add(subject)
  for (const subject of zonesOf(input)) add(subject)
  for (const override of input.health.overrides) {
    const subject = overrideOf(override, input)
    if (subject) add(subject)
  }
  return subjects
}

/** The root zone has no name without its dot. */
export const zoneLabel = (origin: string): string => (origin === '' ? '.' : origin)

function targetOf(
  condition: ProbeCondition,
  check: string,
  zone: string,
  witnesses: readonly Witness[],
  health: Health,
  datacenters: ReadonlyMap<string, ReadonlySet<string>>,
): Subject {
  const { target, probe } = condition
  const { real, forced }: Status = health.status(condition)
  const since = sinceOf(probe, real, witnesses)
  const against =
    real === 'down' ? witnesses.find(({ state }) => state.state === 'down' && state.why !== '') : undefined
  const places = datacenters.get(placeKey(condition))
  return {
    kind: 'target',
    key: targetKey(check, target),
    state: real,
    shown: forced?.force ?? real,
    zones: () => [zone],
    about: {
      ...{ zone, check, target },
      ...(since !== undefined && { since: since * 1000 }),
      ...(against && { why: against.state.why }),
      ...(forced && { by: forced.by }),
      ...(places && { datacenters: [...places] }),
    },
  }
}

const placeKey = ({ check, target }: Pick<ProbeCondition, 'check' | 'target'>): string => `${check} ${target}`

/** Returns the datacenters of each target that stands in a pool by datacenters. */
function datacentersOf(pools: LookInput['pools']): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>()
  for (const shape of [...pools.values()].flat().flatMap(poolsIn)) {
    for (const { condition, datacenter } of shape.members) {
      if (datacenter === undefined || condition?.kind !== 'probe') continue
      const key = placeKey(condition)
      const known = found.get(key)
      if (known) known.add(datacenter)
      else found.set(key, new Set([datacenter]))
    }
  }
  return found
}

type NameOf = (condition: ProbeCondition) => string

const targetKey = (check: string, target: string): string => `target ${check} ${target}`

function poolsOf(zone: string, shapes: readonly PoolShape[], health: Health, nameOf: NameOf): Subject[] {
  const parts = new Map(shapes.flatMap(poolsIn).map((pool) => [pool.name, partsOf(pool, nameOf)]))
  return poolReports(shapes, health).map(({ pool, live, members, isUp, isUnknown, level, forced }) => {
    const measured = !isUp ? 'down' : live < members ? 'degraded' : 'up'
    const state = isUnknown && !forced ? 'unknown' : measured
    const about: About = {
      ...{ zone, pool, live, members },
      ...(level !== undefined && { level }),
      ...(forced && { by: forced.by }),
    }
    return {
      ...{ kind: 'pool', key: `pool ${zone} ${pool}`, state, shown: state, about, parts: parts.get(pool) ?? [] },
      zones: () => [zone],
    }
  })
}

/** Returns the keys of the targets in a pool, in inner ones, too. */
const partsOf = (pool: PoolOfMembers, nameOf: NameOf): string[] =>
  poolsIn(pool).flatMap(({ members }) =>
    members.flatMap(({ condition }) =>
      condition ? probesOf(condition).map((one) => targetKey(nameOf(one), one.target)) : [],
    ),
  )

const guardsOf = ({ guards, health }: LookInput): Subject[] =>
  Array.from(guards.values(), (guard): Subject => {
    const { zone } = guard
    const hold = guard.holding(health)
    const state = hold ? 'holding' : 'calm'
    const about: About = {
      zone,
      ...(hold && {
        since: hold.since,
        why: `${hold.fell} of ${hold.of} targets went down within ${guard.settings.within} s`,
      }),
    }
    return { kind: 'guard', key: `guard ${zone}`, state, shown: state, about, zones: () => [zone] }
  })

function zonesOf({ zones, refused }: LookInput): Subject[] {
  const reasons = new Map(refused.map(({ origin, why, since }) => [origin, { why, since }]))
  const subject = (origin: string, hash: string, about: About): Subject => {
    const refusal = reasons.get(origin)
    const zone = zoneLabel(origin)
    const state = refusal ? hash + REFUSED : hash
    return {
      ...{ kind: 'zone', key: `zone ${zone}`, state, shown: refusal ? 'refused' : 'published' },
      about: { zone, ...about, ...refusal },
      zones: () => [zone],
    }
  }
  const published = Array.from(zones, ([origin, { hash, serial, since }]) =>
    subject(origin, hash, { serial, ...(since !== undefined && { since }) }),
  )
  const others = refused.filter(({ origin }) => !zones.has(origin)).map(({ origin }) => subject(origin, '', {}))
  return [...published, ...others]
}

/** Returns an override that counts now; undefined for others. One that resumes targets forces nothing. */
function overrideOf(override: LiveOverride, { conditions, pools, health, zones }: LookInput): Subject | undefined {
  if (override.force === 'resume' || !override.at(health.now).isActive) return undefined
  const { by, why, until, force, weight } = override
  const forced = force === 'weight' ? `to weight ${weight}` : force
  const end = until === undefined ? '' : ` until ${new Date(until).toISOString()}`
  return {
    kind: 'override',
    key: `override ${JSON.stringify(overrideText(override))}`,
    ...{ state: 'active', shown: 'active' },
    about: { override: `${subjectText(override)} ${forced}${end}`, by, why },
    zones: () => {
      const origins = new Set(zones.keys())
      const named = conditions.filter((one) => override.names(one)).map(({ check }) => zoneOfCheck(check, origins))
      const holding = [...pools].filter(([, shapes]) => shapes.flatMap(poolsIn).some((pool) => isNamed(override, pool)))
      return [...new Set([...named, ...holding.map(([origin]) => origin)])].map(zoneLabel)
    },
  }
}

const isNamed = (override: LiveOverride, { name, members }: PoolOfMembers): boolean =>
  override.names({ pool: name }) ||
  members.some(({ datacenter }) => datacenter !== undefined && override.names({ pool: name, datacenter }))

/** The vantage points that say something of a target, and when each of them counts as silent. */
class Voices {
  private readonly health: Health
  /** The least seconds that a check waits for each, and the zones of such checks. */
  private readonly heard = new Map<string, { after: number; readonly zones: Set<string> }>()

  constructor(health: Health) {
    this.health = health
  }

  hear(zone: string, { probe, stale }: ProbeCondition, witnesses: readonly Witness[]): void {
    // Applications report when they like.
    if (probe.action.kind === 'push') return
    for (const { vantage } of witnesses) {
      const known = this.heard.get(vantage)
      if (!known) this.heard.set(vantage, { after: stale.after, zones: new Set([zone]) })
      else {
        known.after = Math.min(known.after, stale.after)
        known.zones.add(zone)
      }
    }
  }

  subjects(): Subject[] {
    return this.health.vantages.flatMap(({ name, at }): Subject[] => {
      const heard = this.heard.get(name)
      if (!heard) return []
      const state = this.health.now >= at + heard.after * 1000 ? 'silent' : 'fine'
      const about: About = { vantage: name, since: at }
      return [{ kind: 'vantage', key: `vantage ${name}`, state, shown: state, about, zones: () => [...heard.zones] }]
    })
  }
}
