import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextOffered, type TargetState } from '../../../src/health/index.ts'
import { type Loaded, type Spread, spread, type Way } from '../../../src/policy/pacing/spread.ts'
import { runCount } from '../../effort.ts'
import { stateOf } from '../health/support.ts'

const LIMITS = { target: 70, capacity: 100 }

type Pool = {
  /** The load of each member's own clients, all of them. */
  readonly offered: readonly number[]
  readonly way: Way
  /** The seconds from an answer to a report of its effect. */
  readonly lag: number
}

const loadsBy = (offered: readonly number[], spreads: readonly Spread[]): number[] =>
  offered.map((own, i) => own * (spreads[i] as Spread).kept + (spreads[i] as Spread).received)

/** Members report each minute; answers go by the reports, and clients follow the answers later. */
function lived({ offered, way, lag }: Pool, minutes: number): number[][] {
  const natural = spread(
    [...offered].map(() => undefined),
    way,
  )
  const answers: { readonly at: number; readonly spreads: readonly Spread[] }[] = []
  const answersAt = (time: number): readonly Spread[] => answers.findLast(({ at }) => at <= time)?.spreads ?? natural
  let rows = offered.map((): TargetState | undefined => undefined)
  return Array.from({ length: minutes }, (_, minute) => {
    const now = 60 * minute
    const [felt, applied] = [answersAt(now - lag), answersAt(now - 30)]
    const loads = offered.map((own, i) => {
      const come = felt.map(({ passed }, from) =>
        passed.reduce((sum, { to, part }) => sum + (to === i ? part * (offered[from] as number) : 0), 0),
      )
      return own * (felt[i] as Spread).kept + come.reduce((sum, load) => sum + load, 0)
    })
    rows = rows.map((row, i) => {
      const load = loads[i] as number
      return stateOf('up', { at: now, load, loadAt: now, offered: nextOffered(row, load, now, applied[i] as Spread) })
    })
    const known = rows.map((row): Loaded => {
      const { load = 0, received = 0 } = row?.offered ?? {}
      return { ...LIMITS, offered: load, has: received, load: row?.load ?? 0 }
    })
    answers.push({ at: now, spreads: spread(known, way) })
    return loads
  })
}

test('members settle where the excess of each has found room, and nobody stays above its capacity for others', () => {
  fc.assert(
    fc.property(
      fc.record({
        offered: fc.array(fc.integer({ min: 0, max: 160 }), { minLength: 2, maxLength: 5 }),
        way: fc.constantFrom<Way>('by-room', 'in-turn'),
        lag: fc.constantFrom(60, 120, 180, 240),
      }),
      (pool) => {
        const late = lived(pool, 150).slice(60)
        const ideal = spread(
          pool.offered.map((offered) => ({ ...LIMITS, offered })),
          pool.way,
        )
        loadsBy(pool.offered, ideal).forEach((wanted, i) => {
          for (const loads of late) expect(Math.abs((loads[i] as number) - wanted)).toBeLessThan(0.05 * LIMITS.target)
        })
      },
    ),
    { numRuns: runCount(150) },
  )
})

test('a load that rises while clients are passed on is followed by the next report', () => {
  let row: TargetState | undefined
  const offeredAt = (minute: number): number => (minute < 30 ? 80 : 200)
  const kept: number[] = []
  for (let minute = 0; minute < 34; minute++) {
    const share = kept.at(-1) ?? 1
    const load = offeredAt(minute) * share
    const offered = nextOffered(row, load, 60 * minute, { kept: share, received: 0 })
    row = stateOf('up', { at: 60 * minute, load, loadAt: 60 * minute, offered })
    kept.push(Math.min(1, LIMITS.target / offered.load))
  }
  expect(kept[29]).toBeCloseTo(70 / 80, 1)
  expect(kept[30]).toBeLessThan(70 / 170)
  expect(200 * (kept[33] as number)).toBeLessThan(LIMITS.capacity)
})
