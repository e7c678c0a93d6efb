import { expect, test } from 'vitest'
import { zoneOf } from '../support.ts'
import { NOW, Site } from './support.ts'

const HOSTS = ['192.0.2.1', '192.0.2.2', '192.0.2.3']
const URL = 'http://127.0.0.1:9/hook'

const guarded = (share: number) =>
  zoneOf(
    { '@': { NS: 'ns' }, www: { A: { kind: 'pool', select: 'all', check: 'web', members: HOSTS } } },
    {
      checks: { web: { kind: 'tcp', port: 80, interval: 60 } },
      guard: { share, within: 120, for: 300 },
      notify: [
        { url: URL, format: 'json', on: ['guard-on', 'guard-off', 'pool-degraded', 'pool-down', 'pool-restored'] },
      ],
    },
  )

async function siteOf(share: number): Promise<Site> {
  const site = new Site()
  site.zone = guarded(share)
  site.states = Object.fromEntries(HOSTS.map((host) => [host, 'up']))
  await site.monitor.look()
  site.now += 60_000
  return site
}

test('a hold is told when it begins and when it ends, and pools as they are held', async () => {
  const site = await siteOf(0.5)
  site.states = { ...site.states, '192.0.2.1': 'down' }
  await site.change('192.0.2.2', 'down')
  await site.until(site.now + 5000)
  expect(site.events.toSorted()).toEqual(['guard-on', 'target-down', 'target-down'])
  expect(site.bodies.map(({ event, zone, text }) => [event, zone, text])).toEqual([
    [
      'guard-on',
      'example.com',
      'the guard of example.com holds states as before: 2 of 3 targets went down within 120 s',
    ],
  ])
  expect(site.bodies[0].since).toBe(new Date(NOW + 60_000).toISOString())

  // Nothing more is written: the time ends it, and the states count.
  site.now += 301_000
  await site.monitor.look()
  await site.until(site.now + 5000)
  expect(
    site.bodies
      .slice(1)
      .map(({ event, text }) => [event, text])
      .toSorted(),
  ).toEqual([
    ['guard-off', 'the guard of example.com no longer holds states'],
    ['pool-degraded', 'the pool www.example.com/A is degraded: 1 of 3 members is up'],
  ])
})

test('a zone that loses its guard in a hold has that told', async () => {
  const site = await siteOf(0.5)
  site.states = { ...site.states, '192.0.2.1': 'down' }
  await site.change('192.0.2.2', 'down')
  await site.until(site.now + 5000)
  const { guard: _, ...zone } = guarded(0.5)
  site.zone = zone
  await site.monitor.look()
  await site.until(site.now + 5000)
  expect(site.bodies.map(({ event, text }) => [event, text])).toContainEqual([
    ...['guard-off', 'example.com has no guard any more, which held states'],
  ])
})

test('a guard that does not hold is no news', async () => {
  const site = await siteOf(0.9)
  site.states = { ...site.states, '192.0.2.1': 'down' }
  await site.change('192.0.2.2', 'down')
  expect(site.events.toSorted()).toEqual(['pool-degraded', 'target-down', 'target-down'])
})
