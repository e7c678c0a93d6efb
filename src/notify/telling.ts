import {
  GATHER_MS,
  MAX_MESSAGE_ITEMS,
  MAX_SEPARATE_MESSAGES,
  MESSAGE_BURST,
  MESSAGE_GAP_MS,
  MESSAGE_REFILL_MS,
} from '../limits.ts'
import type { Difference, Seen } from './difference.ts'
import { type EventName, eventOf, isTrouble, type Kind, rowOf } from './events.ts'
import { type Item, type Message, tellingOf } from './message.ts'
import type { About } from './subject.ts'

/** Receivers who are told the same at the same time: of one zone, or of all (`ALL`), who wait for so many seconds. */
export type Audience = { readonly audience: string; readonly hold: number }

/** The state of a subject that an audience was told, and the one that is so. Times are milliseconds since the epoch. */
export type ToldRow = Audience & {
  readonly key: string
  readonly kind: Kind
  readonly told: string
  readonly state: string
  readonly about: About
  /** Since when the state is another than what was told. */
  readonly since: number
  /** The time of the last message of each event. */
  readonly last: { readonly [Event in EventName]?: number }
  /** The incident of the trouble that was told. */
  readonly incident?: string
}

/** Messages that an audience may still get of an event. */
export type Bucket = { readonly tokens: number; readonly at: number }

export type Outgoing = Audience & { readonly message: Message }

/**
 * Decides what is told, and when. It compares what an audience was told with what is so, whatever happened in between:
 * a change that goes back within `hold` is not told, a target causes one message in five minutes for each direction,
 * and what it then is will be told all the same. Changes that are due at the same time are one message.
 */
export class Telling {
  private readonly rows = new Map<string, ToldRow>()
  private readonly buckets: Map<string, Bucket>
  /** The rows that have changed since `changes`. */
  private dirty = new Set<string>()

  constructor(rows: Iterable<ToldRow> = [], buckets: Iterable<readonly [string, Bucket]> = []) {
    for (const row of rows) this.rows.set(rowKey(row, row.key), row)
    this.buckets = new Map(buckets)
  }

  /** Takes a change over, for each audience that it concerns. */
  change({ key, from, now: seen, event }: Difference, audiences: readonly Audience[], now: number): void {
    for (const audience of audiences) {
      const at = rowKey(audience, key)
      const before = this.rows.get(at)
      if (!before && event === undefined) continue
      const told = before?.told ?? from
      const differed = before !== undefined && before.state !== before.told
      this.set(at, {
        ...{ audience: audience.audience, hold: audience.hold, key, kind: seen.kind },
        ...{ told, state: seen.state, about: seen.about, last: before?.last ?? {} },
        since: differed ? before.since : now,
        ...(before?.incident !== undefined && { incident: before.incident }),
      })
    }
  }

  /**
   * Drops what was told to audiences that are no more. An audience whose receivers wait for another time now goes on
   * with it: who was told of trouble is told of its end.
   * @param audiences all that there are
   */
  keepOnly(audiences: readonly Audience[]): void {
    const holds = Map.groupBy(audiences, ({ audience }) => audience)
    for (const [at, row] of this.rows) {
      const all = holds.get(row.audience) ?? []
      if (all.some(({ hold }) => hold === row.hold)) continue
      this.rows.delete(at)
      this.dirty.add(at)
      const heir = all.find((one) => !this.rows.has(rowKey(one, row.key)))
      if (heir) this.set(rowKey(heir, row.key), { ...row, hold: heir.hold })
    }
  }

  /** Returns when a message is due next; Infinity if none is. */
  nextAt(now: number): number {
    return Math.min(...Array.from(this.groups(now).values(), ({ readyAt }) => readyAt), Number.POSITIVE_INFINITY)
  }

  /**
   * Returns the messages that are due.
   * @param states of all subjects
   * @param newId names a message
   */
  pass(now: number, states: () => Iterable<Seen>, newId: () => string): Outgoing[] {
    const outgoing: Outgoing[] = []
    for (const [name, group] of this.groups(now)) {
      if (group.readyAt > now) continue
      const due = group.rows.filter(({ dueAt }) => dueAt <= now).map(({ row }) => row)
      if (group.event === undefined) {
        for (const row of due) this.settle(row, undefined, now)
        continue
      }
      const tokens = this.tokensOf(name, now)
      // A group without a token is due again when there is one.
      const allowed = Math.max(1, Math.floor(tokens))
      const units = unitsOf(due, allowed).slice(0, allowed)
      this.buckets.set(name, { tokens: tokens - units.length, at: now })
      for (const rows of units) {
        const { audience, hold } = rows[0] as ToldRow
        outgoing.push({ audience, hold, message: this.messageOf(group.event, rows, now, states(), newId()) })
      }
    }
    this.forget(now)
    return outgoing
  }

  /** Returns the rows that have changed since the last call; without a row for one that is gone. */
  changes(): { readonly key: string; readonly audience: Audience; readonly row: ToldRow | undefined }[] {
    const changes = Array.from(this.dirty, (at) => {
      const [audience = '', hold = '', key = ''] = at.split('\n')
      return { key, audience: { audience, hold: Number(hold) }, row: this.rows.get(at) }
    })
    this.dirty = new Set()
    return changes
  }

  /** Returns the buckets that are not full. */
  kept(now: number): [string, Bucket][] {
    return [...this.buckets].filter(([name]) => this.tokensOf(name, now) < MESSAGE_BURST)
  }

  private groups(now: number): Map<string, Group> {
    const groups = new Map<string, Group>()
    for (const row of this.rows.values()) {
      if (row.state === row.told) continue
      const event = eventOf(row.kind, row.told, row.state)
      const dueAt = dueAtOf(row, event)
      const name = `${row.audience}\n${row.hold}\n${event ?? ''}`
      const group = groups.get(name)
      if (group) {
        group.rows.push({ row, dueAt })
        group.readyAt = Math.min(group.readyAt, dueAt)
      } else groups.set(name, { event, rows: [{ row, dueAt }], readyAt: dueAt })
    }
    for (const [name, group] of groups) {
      if (group.event !== undefined) group.readyAt = Math.max(group.readyAt + GATHER_MS, this.tokenAt(name, now))
    }
    return groups
  }

  private tokensOf(name: string, now: number): number {
    const bucket = this.buckets.get(name)
    if (!bucket) return MESSAGE_BURST
    return Math.min(MESSAGE_BURST, bucket.tokens + Math.max(0, now - bucket.at) / MESSAGE_REFILL_MS)
  }

  /** Returns when there is a token. */
  private tokenAt(name: string, now: number): number {
    const tokens = this.tokensOf(name, now)
    return tokens >= 1 ? now : now + Math.ceil((1 - tokens) * MESSAGE_REFILL_MS)
  }

  private messageOf(
    event: EventName,
    rows: readonly ToldRow[],
    now: number,
    states: Iterable<Seen>,
    id: string,
  ): Message {
    const items = rows.map(({ key, told, state, about }): Item => ({ key, from: told, to: state, about }))
    const names = new Set<string>()
    for (const row of rows) {
      const settled = this.settle(row, event, now, id)
      const name = settled.incident ?? row.incident
      if (name !== undefined) names.add(name)
    }
    const [first] = rows
    const open = new Set<string>()
    for (const row of this.rows.values()) {
      const isSame = row.audience === first?.audience && row.hold === first.hold
      if (isSame && row.incident !== undefined) open.add(row.incident)
    }
    const incidents = Array.from(names, (name) => ({ name, isOver: !open.has(name) }))
    return { id, event, at: now, items, ...tellingOf(event, items, states), incidents }
  }

  /** Notes that the audience knows. Trouble belongs to the incident that it began with. */
  private settle(row: ToldRow, event: EventName | undefined, now: number, id?: string): ToldRow {
    const { incident, ...rest } = row
    const name = isTrouble(row.kind, row.state) ? (incident ?? id) : undefined
    const settled = {
      ...rest,
      ...{ told: row.state, last: event ? { ...row.last, [event]: now } : row.last },
      ...(name !== undefined && { incident: name }),
    }
    this.set(rowKey(row, row.key), settled)
    return settled
  }

  /** Drops what need not be remembered. */
  private forget(now: number): void {
    for (const [at, { told, state, incident, last }] of this.rows) {
      const isQuiet = Object.values(last).every((time) => now - time >= MESSAGE_GAP_MS)
      if (told !== state || incident !== undefined || !isQuiet) continue
      this.rows.delete(at)
      this.dirty.add(at)
    }
    for (const name of this.buckets.keys()) {
      if (this.tokensOf(name, now) >= MESSAGE_BURST) this.buckets.delete(name)
    }
  }

  private set(at: string, row: ToldRow): void {
    this.rows.set(at, row)
    this.dirty.add(at)
  }
}

type Group = {
  readonly event: EventName | undefined
  readonly rows: { readonly row: ToldRow; readonly dueAt: number }[]
  readyAt: number
}

const rowKey = ({ audience, hold }: Audience, key: string): string => `${audience}\n${hold}\n${key}`

function dueAtOf(row: ToldRow, event: EventName | undefined): number {
  const dueAt = row.since + row.hold * 1000
  const last = event && rowOf(event).isSpaced ? row.last[event] : undefined
  return last === undefined ? dueAt : Math.max(dueAt, last + MESSAGE_GAP_MS)
}

/**
 * Divides what is due into messages: one for each pool, or for the targets of each check; many of these share one.
 * @param allowed messages that may be sent
 */
function unitsOf(rows: readonly ToldRow[], allowed: number): ToldRow[][] {
  const units = [
    ...Map.groupBy(rows, ({ kind, key, about }) => (kind === 'target' ? (about.check ?? '') : key)).values(),
  ]
  const chosen = units.length <= Math.min(MAX_SEPARATE_MESSAGES, allowed) ? units : [[...rows]]
  return chosen.flatMap((unit) => {
    const parts: ToldRow[][] = []
    for (let i = 0; i < unit.length; i += MAX_MESSAGE_ITEMS) parts.push(unit.slice(i, i + MAX_MESSAGE_ITEMS))
    return parts
  })
}
