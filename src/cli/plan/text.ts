import type { Change, Plan } from '../../explain/index.ts'
import { printable } from '../../printable.ts'
import { plural } from '../zones/compile-files.ts'
import { type Group, groupsOf, percent, whoText } from './groups.ts'

/** The number of changes, of groups of a change, of networks of a group and of records of a side that are listed. */
export type Room = {
  readonly changes: number
  readonly groups: number
  readonly networks: number
  readonly records: number
}

const FULL: Room = { changes: 100, groups: 12, networks: 6, records: 12 }
export const SHORT: Room = { changes: 10, groups: 3, networks: 3, records: 4 }

/** Writes a plan for people, one paragraph for each name and type. */
export function planText(plan: Plan, room: Room = FULL): string[] {
  const listed = plan.changes.slice(0, room.changes)
  const more = plan.changes.length - listed.length
  return [
    ...listed.flatMap((change) => [...changeText(change, room), '']),
    ...(more > 0 ? [`and ${plural(more, 'more change')}`, ''] : []),
    ...summary(plan),
  ].map(printable)
}

function changeText(change: Change, room: Room): string[] {
  const { name, type, change: kind } = change
  const groups = groupsOf(change)
  const more = groups.length - room.groups
  return [
    `${name} ${type}  ${[kind, ...factsOf(change)].join(', ')}`,
    ...groups.slice(0, room.groups).flatMap((group) => groupText(group, room)),
    ...(more > 0 ? [`  and ${plural(more, 'more group')} of networks`] : []),
  ]
}

/** Returns what is true for all of a change. */
export function factsOf({ change, share, ttl, health, more, cut, networks }: Change): string[] {
  const { before, after } = ttl
  return [
    ...(share.ipv4 !== null && share.ipv4 > 0 ? [`${percent(share.ipv4)} of IPv4`] : []),
    ...(change === 'changed' && before !== after ? [`TTL ${before ?? 'none'} → ${after ?? 'none'}`] : []),
    ...(health === undefined ? [] : [`when ${health}`]),
    ...(more === undefined ? [] : [`${plural(more, 'network')} not listed`]),
    ...(cut ? [networks.length === 0 ? 'not all clients could be compared' : 'there may be more'] : []),
  ]
}

function groupText(group: Group, room: Room): string[] {
  const { before, after, moved, ttl } = group
  const facts = [
    ...(moved === undefined ? [] : [`each client by its hash, ${percent(moved)} of them move`]),
    ...(ttl === undefined || ttl.before === ttl.after ? [] : [`TTL ${ttl.before} → ${ttl.after}`]),
  ]
  return [
    `  ${[whoText(group, room.networks), ...facts].join('; ')}`,
    ...sideText('-', before, room.records),
    ...sideText('+', after, room.records),
  ]
}

function sideText(sign: string, records: readonly string[], most: number): string[] {
  const more = records.length - most
  return [
    ...records.slice(0, most).map((record) => `    ${sign} ${record}`),
    ...(more > 0 ? [`    ${sign} and ${plural(more, 'more record')}`] : []),
  ]
}

/** Counts the changes, and tells what is none. */
export function summary({ changes, serials, access = [], cut }: Plan): string[] {
  const counts = (['added', 'removed', 'changed'] as const).flatMap((kind) => {
    const count = changes.filter(({ change }) => change === kind).length
    return count === 0 ? [] : [`${count} ${kind}`]
  })
  const limits = cut ? ['not everything could be compared: there may be more changes'] : []
  return [
    [...(counts.length > 0 ? [`answers: ${counts.join(', ')}`] : ['no answer changes']), ...limits].join('; '),
    ...access.map(({ zone, before, after }) => `${zone} is for ${after}, and was for ${before}`),
    ...(serials.length > 0 ? [serialsText(serials)] : []),
  ]
}

const LISTED = 10

function serialsText(serials: Plan['serials']): string {
  const listed = serials
    .slice(0, LISTED)
    .map(({ zone, before, after }) => `${zone} ${before ?? 'none'} → ${after ?? 'none'}`)
  const more = serials.length - LISTED
  return `serials: ${listed.join(', ')}${more > 0 ? `, and ${more} more` : ''}`
}
