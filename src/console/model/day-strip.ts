import type { TargetReport } from '../../health/index.ts'
import type { EventJson } from '../../notify/index.ts'

/** The parts of a day that a strip has. */
export const STRIP_CELLS = 48

/** The state of a check in a part of the day: all of its targets up, some, none; or nobody knows. */
export type StripCell = 'up' | 'some' | 'down' | 'unknown'

type Change = { readonly at: number; readonly target: string; readonly isDown: boolean }

/**
 * Returns the last day of each check, in parts of half an hour: each has the worst state that there was in it.
 * The time before the first known thing of any of its targets is unknown.
 * @param events newest first; what was before the oldest one is not known if there were more (`isCut`)
 * @param now milliseconds since the epoch
 */
export function dayStrips(
  targets: readonly TargetReport[],
  events: readonly EventJson[],
  isCut: boolean,
  now: number,
): ReadonlyMap<string, readonly StripCell[]> {
  const changes = changesByCheck(events)
  const cut = isCut ? Date.parse(events.at(-1)?.at ?? '') : 0
  const strips = new Map<string, readonly StripCell[]>()
  for (const [check, ofCheck] of Map.groupBy(targets, (target) => target.check)) {
    const own = changes.get(check) ?? []
    strips.set(check, stripOf(ofCheck, own, Math.max(cut, knownFrom(ofCheck, own, now)), now))
  }
  return strips
}

/** Returns the first moment of which something is known: the measured states have an age, and changes a time. */
const knownFrom = (targets: readonly TargetReport[], changes: readonly Change[], now: number): number =>
  earliest(now, [...targets.flatMap(({ since }) => (since ? [Date.parse(since)] : [])), ...changes.map(({ at }) => at)])

const earliest = (now: number, times: readonly number[]): number => times.reduce((a, b) => Math.min(a, b), now)

function changesByCheck(events: readonly EventJson[]): ReadonlyMap<string, Change[]> {
  const changes = new Map<string, Change[]>()
  for (const { event, check, targets: named = [], since, at } of events) {
    if (check === undefined || (event !== 'target-down' && event !== 'target-up')) continue
    const list = changes.get(check) ?? []
    for (const target of named) list.push({ at: Date.parse(since ?? at), target, isDown: event === 'target-down' })
    changes.set(check, list)
  }
  return changes
}

/** Walks back from the states of now: each change says how its target was before. */
function stripOf(
  targets: readonly TargetReport[],
  changes: readonly Change[],
  known: number,
  now: number,
): readonly StripCell[] {
  const down = new Set(targets.filter(({ real }) => real === 'down').map(({ target }) => target))
  const unknown = targets.filter(({ real }) => real === 'unknown').length
  const states: { readonly until: number; readonly down: number }[] = [{ until: now, down: down.size }]
  for (const { at, target, isDown } of [...changes].sort((a, b) => b.at - a.at)) {
    if (isDown) down.delete(target)
    else down.add(target)
    states.push({ until: at, down: down.size })
  }
  const width = 86_400_000 / STRIP_CELLS
  const cells: StripCell[] = []
  for (let i = STRIP_CELLS - 1; i >= 0; i--) {
    const [from, to] = [now - (i + 1) * width, now - i * width]
    // A state counts here if it lasted into the part, and began before its end.
    const worst = states.reduce((most, state, n) => {
      const began = states[n + 1]?.until ?? Number.NEGATIVE_INFINITY
      return state.until > from && began < to ? Math.max(most, state.down) : most
    }, 0)
    cells.push(to <= known || unknown === targets.length ? 'unknown' : cellOf(worst, targets.length))
  }
  return cells
}

const cellOf = (down: number, all: number): StripCell => (down === 0 ? 'up' : down < all ? 'some' : 'down')
