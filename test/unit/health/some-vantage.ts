import fc from 'fast-check'
import { type TargetState, truncateReason, type Vantage } from '../../../src/health/index.ts'

const seconds = fc.integer({ min: 0, max: 4_000_000_000 })
const thousandths = fc.nat({ max: 99_999 }).map((count) => count / 1000)
const state: fc.Arbitrary<TargetState> = fc
  .record(
    {
      state: fc.constantFrom('up' as const, 'down' as const, 'unknown' as const),
      since: seconds,
      at: seconds,
      ms: fc.nat({ max: 30_000 }),
      count: fc.nat({ max: 1000 }),
      why: fc
        .oneof(
          fc.string({ unit: 'binary', maxLength: 100 }),
          fc.string({ unit: fc.constantFrom(...']",:[\\a'), maxLength: 12 }),
        )
        .map(truncateReason),
      weight: fc.oneof(fc.constant(0), fc.nat()),
      load: fc.oneof(
        fc.constant(0),
        fc.integer({ min: -99_999, max: 99_999 }).map((thousandths) => thousandths / 1000),
      ),
      flaps: fc.record({ count: fc.integer({ min: 1, max: 1000 }), from: seconds }),
      changes: fc.integer({ min: 1, max: 1000 }),
      loadAt: seconds,
      limits: fc.record({ target: thousandths, capacity: thousandths }),
      offered: fc.record({ load: thousandths, kept: thousandths, received: thousandths }),
    },
    { requiredKeys: ['state', 'since', 'at', 'ms', 'count', 'why'] },
  )
  .map((each) => {
    const { loadAt = each.at, limits, offered, ...rest } = each
    const report = { loadAt, ...(limits && { limits }), ...(offered && { offered }) }
    return { ...rest, ...(each.load !== undefined && report) } as TargetState
  })

/** Any health document. Reasons have the quotes, brackets and commas that end a row in its text. */
export const someVantage: fc.Arbitrary<Vantage> = fc
  .record(
    {
      name: fc.constantFrom('cron', 'weur', 'agent-1'),
      at: fc.nat(),
      seq: fc.nat(),
      budget: fc.record({ tokens: fc.double({ min: 0, max: 180, noNaN: true }), at: fc.nat() }),
      round: fc.record({ at: fc.nat(), ms: fc.nat(), due: fc.nat(), probed: fc.nat(), left: fc.nat() }),
      targets: fc
        .dictionary(fc.string({ unit: fc.constantFrom(...'abAB01-_'), minLength: 1, maxLength: 16 }), state)
        .map((targets) => new Map(Object.entries(targets))),
    },
    { requiredKeys: ['name', 'at', 'targets'] },
  )
  .map((each) => each as Vantage)
