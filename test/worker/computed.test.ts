import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ZoneDocument } from '../../src/zone/index.ts'
import { compileSource } from '../../src/zonefile/index.ts'
import { askedObject, reportBreak } from './asked-support.ts'
import { type Answers, FAILED, type Isolate, newIsolate as isolateWith, OK } from './health-support.ts'
import { publish } from './support.ts'

const HEAD = '$TTL 60\n@ SOA ns hostmaster 1 2 3 4 5\n@ NS ns\nns A 192.0.2.53\n'

function documentOf(records: string): ZoneDocument {
  const compiled = compileSource({ file: 'computed.example.zone', text: HEAD + records }, () => ({
    ok: false,
    error: '',
  }))
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
  return { ...compiled.value.document, origin: 'computed.example' }
}

/** A time years from now, so that no alarm runs by itself. */
let now = Date.UTC(2037, 0, 1)
const pass = (ms: number): void => {
  now += ms
  vi.setSystemTime(now)
}
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  pass(7 * 86_400_000)
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
  for (const { name } of (await env.GSLB.list()).keys) await env.GSLB.delete(name)
  await runDurableObjectAlarm(askedObject())
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const ask = (isolate: Isolate, name: string): Promise<string> => isolate.ask(`${name}.computed.example`)

/** @param answers results of probes by host */
async function newIsolate(answers: Answers): Promise<Isolate> {
  const isolate = await isolateWith({}, answers)
  await reportBreak()
  return isolate
}

describe('health functions with computed arguments, in the Worker', () => {
  test('targets that the zone determines are probed before the first query', async () => {
    await publish(
      documentOf(
        `x LUA A ";local ips if netmask({'10.0.0.0/8'}) then ips = {'198.51.100.1'} else ips = {'198.51.100.2', '198.51.100.3'} end return ifportup(443, ips, {selector='all', backupSelector='empty'})"`,
      ),
    )
    const isolate = await newIsolate({ '198.51.100.2': OK, '198.51.100.3': FAILED })
    await isolate.tick()
    expect(isolate.probed.map(({ host }) => host).sort()).toEqual(['198.51.100.1', '198.51.100.2', '198.51.100.3'])
    pass(5000)
    expect(await ask(isolate, 'x')).toBe('198.51.100.2')
  })

  test('targets that a query determines are probed from the first query on', async () => {
    await publish(documentOf(`*.ip LUA A "ifportup(443, {createForward()}, {backupSelector='empty'})"`))
    const isolate = await newIsolate({ '198.51.100.7': OK, '198.51.100.8': FAILED })
    await isolate.tick()
    expect(isolate.probed).toEqual([])
    expect(await ask(isolate, '198-51-100-7.ip')).toBe('NOERROR')
    expect(await ask(isolate, '198-51-100-8.ip')).toBe('NOERROR')
    pass(60_000)
    await isolate.tick()
    expect(isolate.probed.map(({ host }) => host).sort()).toEqual(['198.51.100.7', '198.51.100.8'])
    pass(5000)
    expect(await ask(isolate, '198-51-100-7.ip')).toBe('198.51.100.7')
    expect(await ask(isolate, '198-51-100-8.ip')).toBe('NOERROR')
  })

  test('code that fails at its arguments is SERVFAIL', async () => {
    await publish(documentOf('*.ip LUA A "ifportup(443, {qname:toString()})"'))
    const isolate = await newIsolate({})
    expect(await ask(isolate, 'a.ip')).toBe('SERVFAIL')
  })
})
