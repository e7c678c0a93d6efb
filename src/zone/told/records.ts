import type { Rdata } from '../../dns/query-path.ts'
import { probesOf } from '../../health/condition.ts'
import type { Condition, Health, PoolOfMembers, PoolShape, ShapeMember } from '../../health/index.ts'
import { sinceOf } from '../../health/since.ts'
import { MAX_TOLD_RECORDS } from '../../limits.ts'
import { poolsIn } from '../../policy/pool-shapes.ts'
import { type PoolReport, poolReports } from '../../policy/pool-states.ts'
import { txt } from '../server.ts'

export type Told = {
  readonly pools: number
  readonly members: number
  /** The records: at most `MAX_TOLD_RECORDS`, the last of which says how many are left out. */
  readonly rdatas: readonly Rdata[]
  /** Seconds for which health cannot change them. */
  readonly validForSeconds: number
}

/**
 * Returns the states of pools and of their members as TXT records, each of one text: `member=192.0.2.1:80 … state=up`.
 */
export function toldRecords(shapes: readonly PoolShape[], health: Health): Told {
  const told: PoolReport[] = []
  const members: string[] = []
  let validForSeconds = Number.POSITIVE_INFINITY
  for (const shape of shapes) {
    const pools = poolsIn(shape)
    told.push(...poolReports([shape], health))
    for (const pool of pools) {
      validForSeconds = Math.min(validForSeconds, health.overrideSeconds({ pool: pool.name }))
      for (const member of pool.members) {
        const seconds = memberSeconds(pool, member, health)
        validForSeconds = Math.min(validForSeconds, seconds)
        if (member.condition) members.push(memberText(pool, member, member.condition, health))
      }
    }
  }
  const texts = [...new Set([...told.map(poolText), ...members])]
  return { pools: told.length, members: members.length, rdatas: few(texts).map(txt), validForSeconds }
}

function few(texts: readonly string[]): readonly string[] {
  if (texts.length <= MAX_TOLD_RECORDS) return texts
  const shown = texts.slice(0, MAX_TOLD_RECORDS - 1)
  return [...shown, `more=${texts.length - shown.length}`]
}

const poolText = ({ pool, kind, members, live, isUp, isUnknown, level, forced }: PoolReport): string =>
  pairs([
    ['pool', pool],
    ['state', isUp ? 'up' : 'down'],
    ['live', String(live)],
    [kind === 'pool' ? 'members' : 'levels', String(members)],
    ['level', level === undefined ? undefined : String(level)],
    ['forced', forced?.force],
    ['measured', isUnknown ? 'unknown' : undefined],
  ])

function memberText(pool: PoolOfMembers, { datacenter }: ShapeMember, condition: Condition, health: Health): string {
  const own = health.status(condition)
  const forced = datacenter === undefined ? undefined : health.forced({ pool: pool.name, datacenter })
  const state = forced?.force ?? own.state
  const since = lastChange(condition, health)
  return pairs([
    ['member', namesIn(condition, 'target')],
    ['state', state],
    ['since', since === undefined ? undefined : isoOf(since * 1000)],
    ['measured', own.real === state ? undefined : own.real],
    ['forced', (forced ?? own.forced)?.force],
    ['held-until', own.held && !forced ? isoOf(own.held.until) : undefined],
    ['stale', own.stale ? 'yes' : undefined],
    ['datacenter', datacenter],
    ['check', namesIn(condition, 'check')],
    ['pool', pool.name],
  ])
}

function memberSeconds({ name }: PoolOfMembers, { condition, datacenter }: ShapeMember, health: Health): number {
  const own = condition ? health.status(condition).validForSeconds : Number.POSITIVE_INFINITY
  return datacenter === undefined ? own : Math.min(own, health.overrideSeconds({ pool: name, datacenter }))
}

/** Returns since when the measured states of all parts are what they are; undefined while none is known. */
function lastChange(condition: Condition, health: Health): number | undefined {
  const times = probesOf(condition).flatMap((part) => {
    const since = sinceOf(part.probe, health.status(part).real, health.witnesses(part.probe, part.stale))
    return since === undefined ? [] : [since]
  })
  return times.length === 0 ? undefined : times.reduce((a, b) => Math.max(a, b))
}

function namesIn(condition: Condition, field: 'check' | 'target'): string {
  if (condition.kind !== 'every') return condition[field]
  return [...new Set(condition.of.map((part) => namesIn(part, field)))].join(',')
}

type Pair = readonly [key: string, value: string | undefined]

const pairs = (all: readonly Pair[]): string =>
  all.flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${plain(value)}`])).join(' ')

/** White space separates pairs: in a value it is written as in a URL. */
const plain = (value: string): string => value.replace(/[^!-~]|%/gu, encodeURIComponent)

const isoOf = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
