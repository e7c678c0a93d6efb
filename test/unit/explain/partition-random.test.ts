import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseName, TYPE } from '../../../src/dns/index.ts'
import { partition, partsOf } from '../../../src/explain/index.ts'
import { formatAddress } from '../../../src/net/index.ts'
import { loadedZones } from '../../../src/zone/index.ts'
import { runCount } from '../../effort.ts'
import { database, expression, healthOf, wwwPolicy } from '../policy/stored-arbitraries.ts'
import { reopened } from '../stored-zone.ts'
import { must } from '../support.ts'
import { answersOf, bordersOf, explained, finderOf, randomClients } from './partition-support.ts'

const WWW = must(parseName('www.example.com.'))

test('partition: each client is in one network, whose branch and chances are those of explain, in both forms', () => {
  const seen = { same: 0, hashed: 0, branches: 0, clients: 0 }
  fc.assert(
    fc.property(expression, healthOf, fc.nat(), (one, makeHealth, seed) => {
      const made = wwwPolicy(one)
      fc.pre(made !== undefined)
      if (!made) return
      const health = makeHealth(made.zone)
      const zones = loadedZones([made.zone])
      const options = { health, database, budget: { left: 5_000_000 } }
      const { pieces, cut } = partition(WWW, TYPE.A, zones, options)
      const stored = partition(WWW, TYPE.A, loadedZones([reopened(made.zone)]), {
        ...options,
        budget: { left: 5_000_000 },
      })
      const list = [...partsOf(pieces)]
      expect([...partsOf(stored.pieces)]).toEqual(list)
      if (cut) return
      seen.branches = Math.max(seen.branches, new Set(list.map(({ branch }) => branch)).size)
      const find = finderOf(list)
      const few = list.filter((_, i) => i % Math.ceil(list.length / 20) === 0)
      for (const client of [...randomClients(100, seed), ...bordersOf(few.map(({ prefix }) => prefix))]) {
        const found = find(client)
        const text = formatAddress(client)
        expect([text, found.length]).toEqual([text, 1])
        const [part] = found
        if (!part) continue
        const is = explained(WWW, TYPE.A, client, zones, { health, database })
        seen.clients++
        expect([text, part.branch]).toEqual([text, is.branch])
        if (part.branch.includes('each address')) {
          seen.hashed++
          expect(Object.keys(answersOf(part.answers))).toEqual(expect.arrayContaining(Object.keys(is.answers)))
        } else {
          seen.same++
          expect([text, answersOf(part.answers)]).toEqual([text, is.answers])
        }
      }
    }),
    { numRuns: runCount(100) },
  )
  expect(Math.min(seen.same, seen.hashed)).toBeGreaterThan(0)
  expect(seen.branches).toBeGreaterThan(2)
})
