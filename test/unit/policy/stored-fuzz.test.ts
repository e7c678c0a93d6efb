import fc from 'fast-check'
import { expect, test } from 'vitest'
import { probabilities } from '../../../src/explain/index.ts'
import type { Policy } from '../../../src/policy/index.ts'
import { Damaged } from '../../../src/stored-value.ts'
import { runCount } from '../../effort.ts'
import { seeded } from '../support.ts'
import { asking, decisionOf, expression, healthOf, inputOf, wwwPolicy } from './stored-arbitraries.ts'
import { loaded, type StoredPolicy, stored } from './stored-support.ts'

/** Values that do not belong where they are put. */
const ODD = [null, true, false, 0, 1, -1, 2, 3, 0.5, 1e308, 2 ** 32, '', 'auto', 'last', 'pool', '192.0.2.1', [], {}]

/** Damages a JSON value in one or more places. */
function damaged(json: string, random: () => number): string {
  const below = (limit: number): number => Math.floor(random() * limit)
  const root = [JSON.parse(json)]
  for (let times = 1 + below(3); times > 0; times--) {
    const lists = containersIn(root)
    const [list, other] = [lists[below(lists.length)], lists[below(lists.length)]] as [Container, Container]
    const keys = Object.keys(list)
    const key = keys[below(keys.length)]
    if (key === undefined) continue
    const values = [
      ODD[below(ODD.length)],
      Object.values(other)[below(Object.keys(other).length)],
      structuredClone(other),
    ]
    const action = below(5)
    if (action < 3) list[key] = structuredClone(values[action])
    else if (!Array.isArray(list)) delete list[key]
    else if (action === 3) list.splice(Number(key), 1)
    else list.splice(Number(key), 0, structuredClone(list[key]))
  }
  // A `root` that became empty has no value at all.
  return JSON.stringify(root[0] ?? null)
}

type Container = Record<string, unknown>

function containersIn(value: unknown): Container[] {
  if (typeof value !== 'object' || value === null) return []
  return [value as Container, ...Object.values(value).flatMap(containersIn)]
}

/** Damages the JSON of a policy, of its maps, or of its checks. */
function damage(one: StoredPolicy, random: () => number): StoredPolicy {
  const part = Math.floor(random() * 6)
  if (part === 0) return { ...one, maps: new Map([...one.maps].map(([name, json]) => [name, damaged(json, random)])) }
  if (part > 1) return { ...one, json: damaged(one.json, random) }
  const { texts } = one.memory
  texts.forEach((text, i) => {
    const [inner] = JSON.parse(text)
    if (inner.startsWith('{')) texts[i] = JSON.stringify([damaged(inner, random)])
  })
  return one
}

test('a damaged policy is refused, or decides without an exception', () => {
  const counts = { refused: 0, loaded: 0 }
  fc.assert(
    fc.property(
      expression,
      asking,
      healthOf,
      fc.array(fc.nat(), { minLength: 10, maxLength: 10 }),
      (answer, asked, healthIn, seeds) => {
        const found = wwwPolicy(answer)
        if (!found) return
        for (const seed of seeds) {
          const one = damage(stored(found.policy), seeded(seed))
          let policy: Policy
          try {
            policy = loaded(one, { origin: { wire: new Uint8Array(1), key: '\0' } })
          } catch (error) {
            expect(error instanceof Damaged || isNumberOfKept(error), `${error}: ${one.json}`).toBe(true)
            counts.refused++
            continue
          }
          counts.loaded++
          const health = healthIn(found.zone)
          decisionOf(policy, asked, health)
          probabilities(policy, inputOf(asked, health))
        }
      },
    ),
    { numRuns: runCount(1000) },
  )
  // Both happen, and often.
  expect(Math.min(counts.refused, counts.loaded)).toBeGreaterThan(runCount(1000))
})

/** `Kept` refuses numbers that nothing is kept by. */
const isNumberOfKept = (error: unknown): boolean =>
  error instanceof RangeError && error.message.startsWith('there is no number')
