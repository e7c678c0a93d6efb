import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Loaded, type Spread, spread } from '../../../src/policy/pacing/spread.ts'
import { runCount } from '../../effort.ts'

const of = (offered: number, target = 70, capacity = 100): Loaded => ({ offered, target, capacity })

/** `1/2 to 1 1/4, 2 1/4; +0` of each: what stays, where the rest goes, and the load that comes. */
const told = (spreads: readonly Spread[]): string[] =>
  spreads.map(({ kept, passed, received }) =>
    [
      rounded(kept),
      ...passed.map(({ to, part }) => `${to}:${rounded(part)}`),
      ...(received > 0 ? [`+${rounded(received)}`] : []),
    ].join(' '),
  )
const rounded = (value: number): number => Number(value.toFixed(4))

describe('by room', () => {
  test.each<[string, readonly (Loaded | undefined)[], readonly string[]]>([
    ['nobody is above the target', [of(70), of(0)], ['1', '1']],
    ['the excess goes by room', [of(140), of(40), of(60)], ['0.5 1:0.3 2:0.2', '1 +42', '1 +28']],
    ['no more than there is room for', [of(140), of(90, 95)], ['0.9286 1:0.0714', '1 +10']],
    ['all is full', [of(140), of(100, 100)], ['1', '1']],
    ['all are above their targets', [of(140), of(80), of(99)], ['1', '1', '1']],
    ['two pass on', [of(140), of(105), of(40)], ['0.7143 2:0.2857', '0.8095 2:0.1905', '1 +60']],
    ['nothing is known of the other', [of(140), undefined], ['0.5 1:0.5', '1 +70']],
    [
      'the unknown takes what the others cannot',
      [of(140), of(60), undefined],
      ['0.5 1:0.2857 2:0.2143', '1 +40', '1 +30'],
    ],
    ['nothing is known of any', [undefined, undefined], ['1', '1']],
    ['nobody else is there', [of(140)], ['1']],
  ])('%s', (_, loads, expected) => {
    expect(told(spread(loads, 'by-room'))).toEqual(expected)
  })
})

test('one whose report says that it is full takes no more than it has, whatever is believed to be its own', () => {
  const full = { ...of(10), load: 100, has: 5 }
  expect(told(spread([of(140), full], 'by-room'))).toEqual(['0.9643 1:0.0357', '1 +5'])
  expect(told(spread([of(140), { ...full, load: 103 }], 'in-turn'))).toEqual(['0.9857 1:0.0143', '1 +2'])
  expect(told(spread([of(140), { ...full, load: 99 }], 'by-room'))).toEqual(['0.5 1:0.5', '1 +70'])
})

test('one that has clients of others passes none on until it is half-way to its capacity', () => {
  expect(told(spread([{ ...of(80), has: 20 }, of(0)], 'by-room'))).toEqual(['1', '1'])
  expect(told(spread([{ ...of(86), has: 20 }, of(0)], 'by-room'))).toEqual(['0.814 1:0.186', '1 +16'])
  expect(told(spread([of(80), of(0)], 'by-room'))).toEqual(['0.875 1:0.125', '1 +10'])
})

describe('in turn', () => {
  test.each<[string, readonly (Loaded | undefined)[], readonly string[]]>([
    ['the next one takes it', [of(140), of(10), of(10)], ['0.5 1:0.5', '1 +70', '1']],
    [
      'and the one behind what it has no room for',
      [of(140), of(60), of(10)],
      ['0.5 1:0.2857 2:0.2143', '1 +40', '1 +30'],
    ],
    ['one above its target takes none', [of(140), of(80), of(10)], ['0.5 2:0.5', '0.875 2:0.125', '1 +80']],
    ['the last one keeps all', [of(10), of(140)], ['1', '1']],
    ['no more than there is room for', [of(140), of(70)], ['0.7857 1:0.2143', '1 +30']],
    ['the next one is unknown', [of(140), undefined, of(10)], ['0.5 1:0.5', '1 +70', '1']],
  ])('%s', (_, loads, expected) => {
    expect(told(spread(loads, 'in-turn'))).toEqual(expected)
  })
})

const loaded = fc
  .record({ offered: fc.integer({ min: 0, max: 300 }), target: fc.integer({ min: 1, max: 200 }), more: fc.nat(100) })
  .map(({ offered, target, more }): Loaded => ({ offered, target, capacity: target + more }))

test('whatever the loads, nobody gets above its capacity, nobody keeps less than its target, and nothing is lost', () => {
  fc.assert(
    fc.property(
      fc.array(fc.option(loaded, { nil: undefined, freq: 6 }), { minLength: 1, maxLength: 8 }),
      fc.constantFrom('by-room', 'in-turn'),
      (loads, way) => {
        const spreads = spread(loads, way)
        const passedOn = spreads.map(({ kept }, i) => (1 - kept) * (loads[i]?.offered ?? 0))
        const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0)
        expect(sum(spreads.map(({ received }) => received))).toBeCloseTo(sum(passedOn), 6)
        spreads.forEach(({ kept, passed, received }, i) => {
          const load = loads[i]
          expect(kept + sum(passed.map(({ part }) => part))).toBeCloseTo(1, 9)
          expect(passed.some(({ to }) => to === i)).toBe(false)
          const { offered = 0, target = 0, capacity = Number.POSITIVE_INFINITY } = load ?? {}
          if (!load) expect(kept).toBe(1)
          if (received > 0) expect(offered + received).toBeLessThanOrEqual(capacity + 1e-9)
          // It gives or takes, and gives no more than what is above the target.
          if (kept < 1) expect([received, offered * kept >= target - 1e-9]).toEqual([0, true])
        })
        // Load stays above a target only where nobody has room.
        const isLeft = spreads.some(({ kept }, i) => (loads[i]?.offered ?? 0) * kept > (loads[i]?.target ?? 0) + 1e-9)
        const hasRoom = loads.some(
          (load, i) =>
            !load || (load.offered <= load.target && load.offered + (spreads[i]?.received ?? 0) < load.capacity - 1e-9),
        )
        if (way === 'by-room' && isLeft) expect(hasRoom).toBe(false)
      },
    ),
    { numRuns: runCount(500) },
  )
})

test('the more load, the less stays: of two loads of one member, all else equal', () => {
  fc.assert(
    fc.property(
      fc.array(loaded, { minLength: 2, maxLength: 6 }),
      fc.nat(100),
      fc.constantFrom('by-room', 'in-turn'),
      (loads, more, way) => {
        const [first, ...others] = loads as [Loaded, ...Loaded[]]
        const kept = [first, { ...first, offered: first.offered + more }].map((one) => {
          const [own] = spread([one, ...others], way)
          // The load that stays grows only where nobody has room any more.
          return (own as Spread).kept * one.offered
        }) as [number, number]
        expect(kept[1]).toBeGreaterThanOrEqual(Math.min(kept[0], first.target) - 1e-9)
      },
    ),
    { numRuns: runCount(300) },
  )
})
