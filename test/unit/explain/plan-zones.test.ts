import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatName, TYPE, typeName } from '../../../src/dns/index.ts'
import type { Change } from '../../../src/explain/index.ts'
import { NO_HEALTH } from '../../../src/health/index.ts'
import { type LocalZone, loadedZones } from '../../../src/zone/index.ts'
import { runCount } from '../../effort.ts'
import { outcomes } from '../both-forms.ts'
import { address, questionOf, seeded } from '../support.ts'
import { zoneText } from '../zone/arbitraries.ts'
import { compileText } from '../zonefile/support.ts'
import { networkFinder, planOf } from './plan-support.ts'

const CLIENTS = ['192.0.2.1', '10.1.2.3', '2001:db8::1']

/**
 * The records of an answer with their chances, but for the serial of an SOA; undefined where a referral carries them.
 */
function told(zone: LocalZone, name: string, type: string, client: string): string | undefined {
  const asker = { client: address(client), health: NO_HEALTH, random: seeded(1), identity: '' }
  const { records, endings } = outcomes(questionOf(name, type), loadedZones([zone]), asker)
  if (endings.some(({ ending }) => ending === 'referral')) return undefined
  const rows = records.map(({ owner, type: own, text, chance }) => {
    const data = own === TYPE.SOA ? text.replace(/ \d+ /, ' ') : text
    return [owner, own, data, chance?.toFraction() ?? null].join(' ')
  })
  const failures = endings.filter(({ ending }) => !['records', 'no data', 'no such name'].includes(ending))
  return JSON.stringify([rows.sort(), failures.map(({ ending, chance }) => [ending, chance?.toFraction()]).sort()])
}

/** True if the plan says that this client gets something else; undefined if it does not know. */
function isTold(change: Change | undefined, client: string): boolean | undefined {
  if (!change) return false
  const index = networkFinder(change.networks.map(({ prefix }) => prefix))(client)
  const network = change.networks[index]
  if (network?.byHash || network?.place !== undefined || (change.cut && !network)) return undefined
  return network !== undefined && network.ttl === undefined
}

test('plan: of two zones, the names and types that answer otherwise are those that it tells', () => {
  const counts = { same: 0, other: 0 }
  const all = zoneText({ lua: true })
  fc.assert(
    fc.property(all, all, (one, two) => {
      const [first, second] = [compileText(one), compileText(two)]
      fc.pre(first.ok && second.ok)
      if (!first.ok || !second.ok) return
      const [before, after] = [first.value.zone, second.value.zone]
      const { changes } = planOf([before], [after])
      const byQuestion = new Map(changes.map((change) => [`${change.name} ${change.type}`, change]))
      const names = [before, after].flatMap(({ names }) => [...names.all()])
      for (const { key, rrsets, cut, dname } of names) {
        if (cut || (dname && dname.key !== key)) continue
        for (const { type } of rrsets) {
          if (type === TYPE.ALIAS) continue
          const [name, mnemonic] = [formatName(key), typeName(type)]
          for (const client of CLIENTS) {
            const was = told(before, name, mnemonic, client)
            const is = told(after, name, mnemonic, client)
            const isOther = isTold(byQuestion.get(`${name} ${mnemonic}`), client)
            if (was === undefined || is === undefined || isOther === undefined) continue
            expect([name, mnemonic, client, isOther, was, is]).toEqual([name, mnemonic, client, was !== is, was, is])
            counts[isOther ? 'other' : 'same']++
          }
        }
      }
    }),
    { numRuns: runCount(30) },
  )
  expect(Math.min(counts.same, counts.other)).toBeGreaterThan(0)
})
