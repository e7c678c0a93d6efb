import { expect, test } from 'vitest'
import { RecentZones } from '../../../src/ledger/index.ts'
import { validDocument } from '../../../src/ledger/validation.ts'
import { MAX_RECENT_RECORDS } from '../../../src/limits.ts'
import { must } from '../must.ts'
import { Bench, zone } from './support.ts'

const change = (serial: number) => ({
  kind: 'patch' as const,
  body: {
    rrsets: [
      {
        ...{ name: 'www.example.com.', type: 'A', ttl: 60, changetype: 'REPLACE' },
        records: [{ content: `192.0.2.${serial}` }],
      },
    ],
  },
})

test('a ledger goes on after an eviction with what its isolate has compiled: the same documents, the same values', async () => {
  const [stayed, lost] = [new Bench(), new Bench()]
  for (const [bench, staysIsolate] of [
    [stayed, true],
    [lost, false],
  ] as const) {
    await bench.put(zone(1, { b: { A: '192.0.2.1' }, www: { A: '192.0.2.2' } }))
    for (let serial = 2; serial < 6; serial++) {
      bench.now += 10_000
      bench.restart(staysIsolate)
      expect(await bench.change(change(serial))).toMatchObject({ kind: 'changed', isEffective: true })
      await bench.idle()
    }
  }
  const contents = ({ kv }: Bench) => [...kv.values].map(([key, { value }]) => [key, String(value)]).sort()
  expect(contents(stayed)).toEqual(contents(lost))
  expect(await stayed.ledger.read()).toEqual(await lost.ledger.read())
})

test('zones of other versions are not taken up', async () => {
  const bench = new Bench()
  await bench.put(zone(1))
  const before = bench.storage
  bench.now += 10_000
  await bench.put(zone(2))
  expect(bench.storage).toBe(before)
  const other = new Bench()
  await other.put(zone(7))
  Object.assign(bench, { recent: Reflect.get(other, 'recent') })
  bench.restart(true)
  expect((await bench.ledger.read())?.version.serial).toBe(2)
  bench.now += 10_000
  await bench.change(change(9))
  expect(JSON.parse((await bench.ledger.read())?.text ?? '').records.www.A).toEqual({ ttl: 60, answer: '192.0.2.9' })
})

test('an isolate keeps a bounded number of records, the newest zones first', () => {
  const recent = new RecentZones()
  const records = Object.fromEntries(
    Array.from({ length: MAX_RECENT_RECORDS / 3 }, (_, i) => [`h${i}`, { A: '192.0.2.1' }]),
  )
  const valid = must(validDocument({ ...zone(1), records }))
  for (const origin of ['a.', 'b.', 'c.', 'd.']) recent.keep(origin, { hash: origin, valid })
  expect(['a.', 'b.', 'c.', 'd.'].map((origin) => recent.get(origin)?.hash)).toEqual([undefined, undefined, 'c.', 'd.'])
})
