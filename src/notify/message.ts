import { MAX_EVENT_REPLY } from '../limits.ts'
import type { Seen } from './difference.ts'
import type { EventJson } from './event-json.ts'
import { type EventName, rowOf } from './events.ts'
import type { About } from './subject.ts'
import { iso, poolText, sentenceOf, short } from './text.ts'

/** One change in a message. `from`: the state that the receivers were told before. */
export type Item = { readonly key: string; readonly from: string; readonly to: string; readonly about: About }

/** A message for all receivers of an audience who wait as long: some changes of one event. */
export type Message = {
  readonly id: string
  readonly event: EventName
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly items: readonly Item[]
  readonly text: string
  /** Counts of the targets that the text is about, or of the pool's members. */
  readonly live?: number
  readonly members?: number
  /** Incidents that it is about, by their names, and those of them that end with it. */
  readonly incidents: readonly { readonly name: string; readonly isOver: boolean }[]
}

/** Says what the changes have in common, and how many others are like them. */
export function tellingOf(
  event: EventName,
  items: readonly Item[],
  states: Iterable<Seen>,
): Pick<Message, 'text' | 'live' | 'members'> {
  const [first] = items
  if (!first) return { text: '' }
  const isTarget = event === 'target-down' || event === 'target-up'
  if (isTarget) return targetsTelling(event, items, states)
  if (items.length > 1 && rowOf(event).kind === 'pool') return { text: poolsText(event, items) }
  const { live, members } = first.about
  const sentences = items.slice(0, MAX_SENTENCES).map(({ about }) => sentenceOf(event, about))
  const more = items.length - sentences.length
  const text = sentences.join('; ') + (more > 0 ? `; and ${more} more` : '')
  return {
    text,
    ...(items.length === 1 && live !== undefined && { live }),
    ...(items.length === 1 && members !== undefined && { members }),
  }
}

const MAX_SENTENCES = 5

function poolsText(event: EventName, items: readonly Item[]): string {
  const zones = new Set(items.map(({ about }) => about.zone))
  const [zone = ''] = zones
  const names = listed(items.map(({ about }) => poolText(about)))
  const state = event === 'pool-down' ? 'down' : event === 'pool-degraded' ? 'degraded' : 'restored'
  return `${items.length} pools of ${zones.size === 1 ? zone : `${zones.size} zones`} are ${state}: ${names}`
}

/** Lists the first of some names: `a, b and 3 more`. */
function listed(names: readonly string[]): string {
  const more = names.length - MAX_SENTENCES
  return names.slice(0, MAX_SENTENCES).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

function targetsTelling(
  event: 'target-down' | 'target-up',
  items: readonly Item[],
  states: Iterable<Seen>,
): Pick<Message, 'text' | 'live' | 'members'> {
  const scope = scopeOf(items.map(({ about }) => about))
  let [members, down] = [0, 0]
  for (const { kind, state, about } of states) {
    if (kind !== 'target' || !scope.has(about)) continue
    members++
    if (state === 'down') down++
  }
  const counts = { live: members - down, members }
  const [first] = items
  if (items.length === 1 && first) return { text: sentenceOf(event, first.about), ...counts }
  const list = listed(items.map(({ about }) => short(about.target ?? '', MAX_TARGET_CHARS)))
  const isDown = event === 'target-down'
  const others = isDown ? down - items.length : down
  const rest = others <= 0 ? '' : isDown ? `, ${down} in all` : `, ${down} are still down`
  // A target that is gone is no longer among them.
  const of = items.length <= members ? ` of ${members}` : ''
  return {
    text: `${items.length}${of} targets of ${scope.name} are ${isDown ? 'down' : 'up again'}${rest}: ${list}`,
    ...counts,
  }
}

const MAX_TARGET_CHARS = 80

/** Returns the scope that targets have in common: a datacenter, a check, a zone, or several zones. */
function scopeOf(all: readonly About[]): { readonly name: string; readonly has: (about: About) => boolean } {
  const [first = {}, ...others] = all
  const zones = new Set(all.map(({ zone }) => zone))
  if (zones.size > 1) return { name: `${zones.size} zones`, has: ({ zone }) => zones.has(zone) }
  const { zone } = first
  const places = (first.datacenters ?? []).filter((place) =>
    others.every((other) => other.datacenters?.includes(place)),
  )
  const [place] = places
  if (others.length > 0 && place !== undefined)
    return { name: short(place), has: (about) => about.zone === zone && (about.datacenters?.includes(place) ?? false) }
  const isOneCheck = others.every(({ check }) => check === first.check)
  if (isOneCheck) return { name: short(first.check ?? ''), has: (about) => about.check === first.check }
  return { name: zone ?? '', has: (about) => about.zone === zone }
}

/** The form `json`. */
export function messageJson({ event, at, items, text, live, members }: Message): EventJson {
  const abouts = items.map(({ about }) => about)
  const common = (field: 'zone' | 'check' | 'pool' | 'vantage'): string | undefined => {
    const value = abouts[0]?.[field]
    return value !== undefined && abouts.every((about) => about[field] === value) ? value : undefined
  }
  const targets = abouts.flatMap(({ target }) => (target === undefined ? [] : [short(target)]))
  const pools = abouts.flatMap(({ pool }) => (pool === undefined ? [] : [pool]))
  const since = abouts.flatMap((about) => (about.since === undefined ? [] : [about.since]))
  const [zone, check, pool, vantage] = [common('zone'), common('check'), common('pool'), common('vantage')]
  return {
    event,
    ...(zone !== undefined && { zone }),
    ...(check !== undefined && { check: short(check) }),
    ...(targets.length > 0 && { targets: targets.slice(0, MAX_EVENT_REPLY) }),
    ...(pool !== undefined && { pool }),
    ...(pool === undefined && pools.length > 0 && { pools }),
    ...(vantage !== undefined && { vantage }),
    at: iso(at),
    ...(since.length > 0 && { since: iso(Math.min(...since)) }),
    text,
    ...(live !== undefined && { live }),
    ...(members !== undefined && { members }),
  }
}
