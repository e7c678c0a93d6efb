import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ASKED_EXPIRES_MS, formatAsked, type Probe, type ProbeResult } from '../../src/health/index.ts'
import { ZoneCompilation } from '../../src/zone/index.ts'
import { ASKING, askedObject, CHECK, pretendCompiled, pretendScripts } from './asked-support.ts'
import { served } from './bundle/main.ts'
import { documentOf, FAILED, OK, poolZone, pretendProbes, type TestEnv } from './health-support.ts'
import { publish } from './support.ts'

let answers: Record<string, ProbeResult> = {}
const runProbe = vi.fn(async ({ host }: Probe) => answers[host] ?? OK)
pretendProbes(served, runProbe)
pretendScripts(served)
pretendCompiled({ ZoneCompilation })

/** The isolate of this file, which its Durable Objects share. */
served.isolateSettings({ ...env, PROBE_REGIONS: 'weur', PLATFORM: 'workerd', REFRESH_SECONDS: '1' } as TestEnv)

/** A time years from now, so that only tests run alarms. */
let now = Date.UTC(2040, 0, 1)
const pass = (seconds: number): void => {
  now += seconds * 1000
  vi.setSystemTime(now)
}
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  pass(86_400)
  answers = {}
  runProbe.mockClear()
})
afterEach(() => vi.useRealTimers())

const stub = env.VANTAGE.get(env.VANTAGE.idFromName('weur'))
const alarm = async (seconds: number) => {
  pass(seconds)
  await stub.wake('weur')
  runProbe.mockClear()
  await runDurableObjectAlarm(stub)
  return runProbe.mock.calls.map(([{ host }]) => host)
}
const nextAlarm = async () =>
  Math.round(((await runInDurableObject(stub, (_, { storage }) => storage.getAlarm())) ?? 0) - now) / 1000
const statesOf = async () =>
  Array.from((await documentOf('weur')).targets.values(), ({ state, asked }) => [state, asked ?? false])

test('a region probes asked checks every half minute, and checks of documents by their intervals', async () => {
  const checks = { web: { kind: 'tcp', port: 80, interval: 1, timeout: 1 } }
  await publish(ASKING, poolZone('pool.example', ['192.0.2.1'], { checks }))
  const asked = { zone: 'asks.example', check: { ...CHECK, interval: 5 }, target: '10.9.0.1' } as const
  expect(await askedObject().tell([formatAsked(asked)])).toEqual([true])
  answers['10.9.0.1'] = FAILED
  expect(await alarm(0)).toEqual(['192.0.2.1', '10.9.0.1'])
  expect(await nextAlarm()).toBe(1)
  const probed: string[] = []
  for (let second = 0; second < 31; second++) probed.push(...(await alarm(1)))
  expect(probed.filter((host) => host === '192.0.2.1')).toHaveLength(31)
  expect(probed.filter((host) => host === '10.9.0.1')).toHaveLength(1)
  expect(await statesOf()).toEqual([
    ['up', false],
    ['down', true],
  ])
})

test('an expired check is removed from the document of its region', async () => {
  await publish(ASKING)
  expect(await alarm(ASKED_EXPIRES_MS / 1000)).toEqual([])
  await publish(ASKING, poolZone('pool.example', ['192.0.2.1']))
  expect(await alarm(60)).toEqual(['192.0.2.1'])
  expect((await documentOf('weur')).targets.size).toBe(1)
})

test('a region with asked checks alone sets its alarm for them', async () => {
  await publish(ASKING)
  const asked = { zone: 'asks.example', check: { ...CHECK, interval: 5 }, target: '10.9.0.2' } as const
  await askedObject().tell([formatAsked(asked)])
  expect(await alarm(60)).toEqual(['10.9.0.2'])
  expect(await nextAlarm()).toBe(30)
  expect(await alarm(30)).toEqual(['10.9.0.2'])
})
