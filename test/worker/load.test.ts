import { beforeAll, expect, test, vi } from 'vitest'
import { eventually } from '../eventually.ts'
import { type Isolate, newIsolate, OK, poolZone } from './health-support.ts'
import { publish } from './support.ts'

const [A, B] = ['192.0.2.1', '192.0.2.2'] as const
const API_KEY = 'the key of the tests'
const load = { target: 70, capacity: 100 }

/** Loads that applications push, and one that a page tells. */
const ZONE = poolZone('load.example', [A, B], {
  checks: { load: { kind: 'push' }, page: { kind: 'http', load: { json: 'load' } } },
  records: {
    spill: { A: { kind: 'pool', check: 'load', load, members: [A, B] } },
    told: { A: { kind: 'failover', check: 'load', load: 'reported', pools: [A, B] } },
    page: { A: { kind: 'pool', check: 'page', load, members: [A, B] } },
  },
})

let isolate: Isolate
const answers = { [A]: { ...OK, load: 140 }, [B]: { ...OK, load: 0 } }
beforeAll(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  await publish(ZONE)
  isolate = await newIsolate({ API_KEY }, answers as never)
})

const push = async (target: string, value: number) => {
  const entry = { check: 'load.example/load', target, load: { value, target: 50, capacity: 60 } }
  expect(await isolate.api('/push', { method: 'POST', body: JSON.stringify(entry) })).toMatchObject({ status: 200 })
}
const explained = async (name: string) =>
  (await isolate.api(`/explain?name=${name}.load.example&client=198.51.100.1`)).body
const chancesOf = async (name: string): Promise<string[]> =>
  (await explained(name)).answers.map((one: Record<string, string>) => `${one.data} ${one.probability}`).sort()

test('a load that is pushed is passed on, by the limits of the zone, and by those that are pushed', async () => {
  await push(B, 0)
  await push(A, 140)
  await eventually(async () => expect(await chancesOf('spill')).toEqual([`${A} 1/4`, `${B} 3/4`]))
  // 60 of 140 is what the other one has room for, by what it tells.
  expect(JSON.stringify(await explained('told'))).toContain('"kept":0.5714')
  const metrics = await (await isolate.fetch('/metrics', { headers: { 'X-API-Key': API_KEY } })).text()
  const series = (name: string, more: string) => `${name}{zone="load.example",${more},target="${A}"}`
  expect(metrics).toContain(`${series('edge_gslb_target_load', 'check="load.example/load"')} 140\n`)
  expect(metrics).toContain(`${series('edge_gslb_member_kept_ratio', 'pool="spill.load.example/A"')} 0.5\n`)
  const { targets } = (await isolate.api('/health')).body
  expect(targets.find((one: { target: string }) => one.target === A)).toMatchObject({ load: 140 })
})

test('a load that falls since clients were passed on brings none back', async () => {
  await push(A, 71)
  // The report is no news, so that it may wait for its time: what is answered stays the same, before and after it is
  // read.
  for (let look = 0; look < 15; look++) {
    const [kept] = await chancesOf('spill')
    expect(kept).toMatch(/^192\.0\.2\.1 /)
    const [hits, all] = (kept as string)
      .slice(A.length + 1)
      .split('/')
      .map(Number) as [number, number]
    expect(hits / all).toBeGreaterThan(0.24)
    expect(hits / all).toBeLessThan(0.27)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
})

test('the cron reads the load of a page', async () => {
  await isolate.tick()
  await eventually(async () => expect(await chancesOf('page')).toEqual([`${A} 1/4`, `${B} 3/4`]))
})
