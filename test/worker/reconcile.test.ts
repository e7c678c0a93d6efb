import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, onTestFinished, test, vi } from 'vitest'
import { parseCatalog } from '../../src/store/index.ts'
import worker from './bundle/main.ts'
import { poolZone } from './health-support.ts'
import { EXAMPLE, publish } from './support.ts'

async function tick(minute: number): Promise<void> {
  const scheduledTime = new Date(Date.UTC(2026, 0, 1, 0, minute))
  const context = createExecutionContext()
  await worker.scheduled(createScheduledController({ scheduledTime, cron: '* * * * *' }), env, context)
  await waitOnExecutionContext(context)
}

async function catalog() {
  const parsed = parseCatalog((await env.GSLB.get('catalog')) ?? '')
  if (!parsed.ok) throw new Error(parsed.error)
  return Object.fromEntries(parsed.value.zones)
}

const of = (origin: string) => ({ ...EXAMPLE, origin })

test('the catalog follows the zone keys, every minute', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  onTestFinished(() => log.mockRestore())
  await publish(of('example.com'))
  await env.GSLB.put('zone:by-hand.example', JSON.stringify(of('by-hand.example')))
  await env.GSLB.put('zone:broken.example', '{"origin":"broken.example"}')
  await tick(4)
  expect(Object.keys(await catalog()).sort()).toEqual(['by-hand.example', 'example.com'])
  expect((await catalog())['by-hand.example']?.serial).toBe(7)

  // A listing may lag: a zone is removed when it is still missing after minutes.
  await env.GSLB.delete('zone:by-hand.example')
  await tick(10)
  expect((await catalog())['by-hand.example']?.missing).toBe(Date.UTC(2026, 0, 1, 0, 10))
  await env.GSLB.put('zone:by-hand.example', JSON.stringify(of('by-hand.example')))
  await tick(11)
  expect((await catalog())['by-hand.example']?.missing).toBeUndefined()
  await env.GSLB.delete('zone:by-hand.example')
  for (const minute of [12, 13, 14, 15]) {
    await tick(minute)
    expect((await catalog())['by-hand.example']?.missing).toBe(Date.UTC(2026, 0, 1, 0, 12))
  }
  await tick(16)
  expect(Object.keys(await catalog())).toEqual(['example.com'])

  // Without a change nothing is written.
  const put = vi.spyOn(env.GSLB, 'put')
  onTestFinished(() => put.mockRestore())
  await tick(20)
  expect(put).not.toHaveBeenCalled()
  expect(log.mock.lastCall?.[0]).toContain('"refused":[{"origin":"broken.example"')
})

test('the catalog gets counts of targets that an older Worker left out', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  onTestFinished(() => log.mockRestore())
  await publish(poolZone('pool.example', ['192.0.2.1', '192.0.2.2']))
  const whole = (await env.GSLB.get('catalog')) as string
  await env.GSLB.put('catalog', whole.replace(',"probes":2', ''))
  expect((await catalog())['pool.example']?.probes).toBeUndefined()
  await tick(35)
  expect((await catalog())['pool.example']?.probes).toBe(2)
})

test('a document put by hand with an invalid pattern is refused, since isolates trust stored patterns', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  const zone = (matches: string) => {
    const { checks: _, ...document } = poolZone('pattern.example', ['192.0.2.1'])
    return JSON.stringify({ ...document, checks: { web: { kind: 'http', body: { matches } } } })
  }
  await env.GSLB.put('zone:pattern.example', zone('(?=up)'))
  await tick(40)
  expect((await catalog())['pattern.example']).toBeUndefined()
  expect(log.mock.calls.join()).toContain('checks.web.body.matches: not a pattern')
  await env.GSLB.put('zone:pattern.example', zone('^up'))
  await tick(45)
  expect((await catalog())['pattern.example']?.probes).toBe(1)
  log.mockRestore()
})
