import { describe, expect, test } from 'vitest'
import { BY_VALUE, type LuaValue } from '../../../src/lua-vm/index.ts'
import { runCount } from '../../effort.ts'
import { WorkCounter } from '../lua-vm/work-counter.ts'
import { seeded } from '../support.ts'
import { arguments_, callOnce, type Listed, listFunctions, listOf, newRun } from './charge-support.ts'

/** Units of work for a step. A unit is about a nanosecond: a step of so many is far below a microsecond. */
const UNITS_A_STEP = 200
/** The work that a call may do before it is charged. */
const UNITS_A_CALL = 400_000

const FUNCTIONS = listFunctions(newRun())
const VALUES = arguments_(newRun())

const COUNTER = new WorkCounter()

type Taken = { readonly steps: number; readonly units: number }

/** Calls a function again and again until the budget is spent, or `most` times. */
function taken(one: Listed, args: readonly LuaValue[], most: number): Taken {
  const run = newRun()
  const before = run.steps
  const { units } = COUNTER
  for (let i = 0; i < most && callOnce(one, args, run) === 'on'; i++);
  return { steps: before - Math.max(0, run.steps), units: COUNTER.units - units }
}

/** Calls a function, and returns its work, with a text if that was more than was charged. */
function tried(one: Listed, args: readonly LuaValue[], most: number): { steps: number; why?: string } {
  const work = taken(one, args, most)
  return isWithin(work) ? work : { ...work, why: `${one.name}(${told(args)}): ${JSON.stringify(work)}` }
}

const found = (one: Listed, args: readonly LuaValue[], most: number): string[] => {
  const { why } = tried(one, args, most)
  return why === undefined ? [] : [why]
}

const isWithin = ({ steps, units }: Taken): boolean => units <= UNITS_A_STEP * steps + UNITS_A_CALL

describe('the work of a function is within what it is charged', () => {
  test('every function of the library is tried', () => {
    const names = FUNCTIONS.map(({ name }) => name)
    expect(names.length).toBeGreaterThan(150)
    for (const name of ['next', 'string.gsub', 'table.sort', 'pickchashed', 'newNMG', 'DNSName:equal', 'netmask'])
      expect(names).toContain(name)
  })

  test.each(FUNCTIONS.map((one) => [one.name, one] as const))('%s: each value at any place', (_, one) => {
    const over: string[] = []
    COUNTER.during(() => {
      for (const value of VALUES) {
        for (const args of [[value], ['x', value], [value, value, value]]) over.push(...found(one, args, 4))
      }
    })
    expect(over).toEqual([])
  })

  test('millions of steps of any functions with any arguments', () => {
    const most = runCount(5_000_000)
    const random = seeded(9)
    const any = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
    const over: string[] = []
    COUNTER.during(() => {
      for (let steps = 0; steps < most; ) {
        const one = any(FUNCTIONS)
        const args = Array.from({ length: Math.floor(random() * 4) }, () => any(VALUES))
        const { steps: taken, why } = tried(one, args, 100)
        if (why !== undefined) over.push(why)
        steps += Math.max(1, taken)
      }
    })
    expect(over).toEqual([])
  })
})

describe('a function that is not charged is noticed', () => {
  const long = 'x'.repeat(1_000_000)
  const pairs = listOf(50, () => listOf(2, (i) => (i === 0 ? `${'0'.repeat(40_000)}1` : 'x')))

  test.each<[string, readonly LuaValue[]]>([
    ['string.lower', [long]],
    ['string.reverse', [long]],
    ['string.find', ['', long]],
    ['string.upper', [long]],
    ['tonumber', [`${' '.repeat(400_000)}x`]],
    ['country', [listOf(50, () => 'X'.repeat(50_000))]],
    ['pickwhashed', [pairs]],
  ])('%s', (name, args) => {
    const one = FUNCTIONS.find((other) => other.name === name) as Listed
    const { charge } = one.called
    const isFine = (): boolean => {
      let fine = false
      COUNTER.during(() => {
        fine = isWithin(taken(one, args, 4))
      })
      return fine
    }
    expect(isFine()).toBe(true)
    try {
      Object.assign(one.called, { charge: BY_VALUE })
      expect(isFine()).toBe(false)
    } finally {
      Object.assign(one.called, { charge })
    }
  })
})

function told(args: readonly LuaValue[]): string {
  return args
    .map((value) => (typeof value === 'string' ? `${value.slice(0, 12)}… (${value.length})` : String(value)))
    .join(', ')
}
