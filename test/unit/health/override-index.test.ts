import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Health, healthReport, type LiveOverride, liveOverrides, type Override } from '../../../src/health/index.ts'
import { runCount } from '../../effort.ts'
import { conditionOf } from './support.ts'

const NOW = 1_796_000_000_000

const letters = fc.string({ unit: fc.constantFrom(...'aAbB1.:[]/'), maxLength: 5 })
const glob = fc.string({ unit: fc.constantFrom(...'aAbB1.:[]/**?'), maxLength: 5 })
const maybeGlob = fc.option(glob, { nil: undefined })
const some = fc.array(fc.record({ check: maybeGlob, target: maybeGlob, pool: maybeGlob, datacenter: maybeGlob }), {
  maxLength: 12,
})
const subject = fc.oneof(
  fc.record({ check: letters, aliases: fc.array(letters, { maxLength: 2 }), target: letters }),
  fc.record({ pool: letters, datacenter: fc.option(letters, { nil: undefined }) }),
)

test('the overrides that name a subject are found by their index, in their order', () => {
  let found = 0
  const runs = runCount(2000)
  fc.assert(
    fc.property(some, fc.array(subject, { maxLength: 6 }), (globs, subjects) => {
      const overrides = liveOverrides(globs.map((one) => ({ ...one, force: 'down', by: 'a', why: 'b' })))
      const health = new Health([], overrides, NOW)
      for (const one of subjects) {
        const expected = overrides.filter((override) => override.names(one))
        // The second time the result is known.
        for (let i = 0; i < 2; i++) expect(health.naming(one)).toEqual(expected)
        found += expected.length
      }
    }),
    { numRuns: runs },
  )
  expect(found).toBeGreaterThan(runs / 4)
})

describe('a report of 10,003 targets and 1,001 overrides', () => {
  const TARGETS = 10_003
  const OVERRIDES = 1001
  const conditions = Array.from({ length: TARGETS }, (_, i) =>
    conditionOf(`id${i}`, { check: `example.com/web${i % 7}`, target: `10.0.${i >> 8}.${i & 255}:443` }),
  )
  /** Returns the number of times that an override was matched with a subject. */
  function matches(
    fieldsOf: (i: number) => Partial<Override>,
    count = TARGETS,
  ): { readonly matched: number; readonly forced: number } {
    let matched = 0
    const overrides = Array.from({ length: OVERRIDES }, (_, i): LiveOverride => {
      const one = { ...fieldsOf(i), force: i % 2 === 0 ? 'drained' : 'weight', weight: 1, by: 'a', why: 'b' } as const
      const [live] = liveOverrides([one]) as [LiveOverride]
      const names = live.names.bind(live)
      live.names = (subject) => {
        matched++
        return names(subject)
      }
      return live
    })
    const deployment = { platform: 'agent', defaultVantages: ['cron'], vantages: ['cron'] } as const
    const { targets } = healthReport(conditions.slice(0, count), new Health([], overrides, NOW), deployment)
    return { matched, forced: targets.filter(({ forced, weighed }) => forced ?? weighed).length }
  }

  test('matches none with a target that it cannot name: exact ones', () => {
    const { matched, forced } = matches((i) => ({ target: `10.0.${i >> 8}.${i & 255}` }))
    expect(forced).toBe(OVERRIDES)
    expect(matched).toBe(OVERRIDES)
  })

  test('matches few others with a target than those that name it: globs with any text in them', () => {
    const globs: ((i: number) => Partial<Override>)[] = [
      (i) => ({ target: `10.0.${i % 40}.${i >> 2}*` }),
      (i) => ({ target: `*.${i % 256}:443`, check: '*/web1' }),
      (i) => ({ target: `*.${i % 40}.${i % 256}?4*` }),
      (i) => ({ target: '*', check: `*/WEB${i}` }),
    ]
    for (const fieldsOf of globs) expect(matches(fieldsOf).matched).toBeLessThan(20 * TARGETS)
  })

  test('matches equal ones once with each target, although states, weights and times are asked for', () => {
    const { matched, forced } = matches((i) => ({ target: ['*', '**', '*?'][i % 3] as string }), 1000)
    expect([matched, forced]).toEqual([3 * 1000, 1000])
  })
})
