import { describe, expect, test } from 'vitest'
import { formatOverrides, formatVantage } from '../../../src/health/index.ts'
import {
  LATENCY_SAMPLE_MS,
  MAX_RECORD_MS,
  MAX_RECORD_ROWS,
  MAX_SENDS_AT_ONCE,
  MAX_WAITING,
  MIN_LOOK_GAP_MS,
  NOTIFY_RETRY_SECONDS,
} from '../../../src/limits.ts'
import { NOW, Site, zoneWith } from './support.ts'

const JSON_RECEIVER = '[{"url":"http://127.0.0.1:9/hook","format":"json"}]'
const DRAIN = { target: '192.0.2.1', force: 'drained', by: 'ops', why: 'a disk' } as const

describe('a look', () => {
  test('sees nothing new the first time, whatever there is', async () => {
    const site = new Site()
    site.states = { '192.0.2.1': 'down', '192.0.2.2': 'up' }
    site.overrides = [DRAIN]
    site.refused = [{ origin: 'example.net', why: 'it is no JSON', since: NOW }]
    await site.monitor.look()
    expect(site.events).toEqual([])
  })

  test('finds what changed, and that alone', async () => {
    const site = new Site()
    await site.monitor.look()
    site.now += 60_000
    await site.change('192.0.2.1', 'down')
    expect(site.events.toSorted()).toEqual(['pool-degraded', 'target-down'])
    await site.monitor.look()
    expect(site.events.length).toBe(2)
    site.now += 60_000
    await site.change('192.0.2.2', 'down')
    expect(site.events.slice(0, 2).toSorted()).toEqual(['pool-down', 'target-down'])
    site.now += 60_000
    site.states = { '192.0.2.1': 'up', '192.0.2.2': 'up' }
    await site.change('192.0.2.1', 'up')
    expect(site.events.slice(0, 3).toSorted()).toEqual(['pool-restored', 'target-up', 'target-up'])
  })

  test('goes on from the storage', async () => {
    const site = new Site()
    await site.monitor.look()
    site.restart()
    site.now += 60_000
    await site.change('192.0.2.1', 'down')
    site.restart()
    await site.monitor.look()
    expect(site.events.length).toBe(2)
  })

  test('takes an unknown state for the last one that was known', async () => {
    const site = new Site()
    await site.monitor.look()
    site.now += 60_000
    await site.change('192.0.2.1', 'down')
    site.now += 60_000
    await site.change('192.0.2.1', 'unknown')
    site.now += 60_000
    await site.change('192.0.2.1', 'down')
    expect(site.events.length).toBe(2)
    site.now += 60_000
    await site.change('192.0.2.1', 'up')
    expect(site.events.slice(0, 2).toSorted()).toEqual(['pool-restored', 'target-up'])
  })

  test('is not misled by a document that is older than the one before', async () => {
    const site = new Site()
    await site.monitor.look()
    site.now += 60_000
    await site.change('192.0.2.1', 'down')
    // Another read of KV gives the document before.
    site.states = { '192.0.2.1': 'up', '192.0.2.2': 'up' }
    site.writtenAt = NOW
    site.restart()
    expect(await site.monitor.look()).toBe('late')
    expect(site.events.length).toBe(2)
    // Somebody who restored an old copy is believed after two minutes.
    site.now += 130_000
    expect(await site.monitor.look()).toBe('looked')
    expect(site.events.length).toBe(4)
  })

  test('counts in what a writer tells before KV shows it', async () => {
    const site = new Site()
    await site.monitor.look()
    site.now += 60_000
    const before = { states: site.states, writtenAt: site.writtenAt }
    site.states = { '192.0.2.1': 'down', '192.0.2.2': 'up' }
    site.writtenAt = site.now
    const text = formatVantage(site.document())
    Object.assign(site, before)
    site.monitor.take({ vantage: text, overrides: formatOverrides([DRAIN]) })
    await site.monitor.look()
    expect(site.events.toSorted()).toEqual(['override-set', 'pool-degraded', 'target-down'])
    // KV shows another document of overrides after a while: that of somebody else.
    site.now += 130_000
    site.states = { '192.0.2.1': 'down', '192.0.2.2': 'up' }
    site.writtenAt = site.now
    await site.monitor.look()
    expect(site.events[0]).toBe('override-ended')
  })

  test('tells the end of trouble that is gone from the zone', async () => {
    const site = new Site()
    await site.monitor.look()
    site.now += 60_000
    await site.change('192.0.2.1', 'down')
    const { zone } = site
    site.zone = { ...zone, conditions: zone.conditions.slice(1), pools: [] }
    site.isComplete = false
    await site.monitor.look()
    expect(site.events.length).toBe(2)
    site.isComplete = true
    await site.monitor.look()
    expect(site.events.slice(0, 2).toSorted()).toEqual(['pool-restored', 'target-up'])
    expect(
      site.monitor
        .events({ limit: 2 })
        .map(({ text }) => text)
        .join(),
    ).toContain('is no longer checked')
  })

  test('sees versions of zones, refusals and their end', async () => {
    const site = new Site()
    await site.monitor.look()
    site.now += 60_000
    site.zones = new Map([['example.com', { serial: 2, hash: 'h2', since: site.now }]])
    await site.monitor.look()
    // An old list of zones comes once more.
    site.zones = new Map([['example.com', { serial: 1, hash: 'h1', since: NOW - 3_600_000 }]])
    await site.monitor.look()
    site.zones = new Map([['example.com', { serial: 2, hash: 'h2', since: site.now }]])
    site.refused = [{ origin: 'example.com', why: 'no JSON', since: site.now }]
    await site.monitor.look()
    site.refused = []
    await site.monitor.look()
    expect(site.monitor.events({}).map(({ event, text }) => `${event}: ${text}`)).toEqual([
      'zone-published: example.com is served with serial 2',
      'zone-refused: what is in KV for example.com is refused: no JSON',
      'zone-published: example.com is served with serial 2',
    ])
  })

  test('sees overrides begin and end by themselves, and rings when they do', async () => {
    const site = new Site()
    await site.monitor.look()
    site.overrides = [{ ...DRAIN, from: NOW + 30_000, until: NOW + 60_000 }]
    await site.monitor.look()
    expect([site.events, site.monitor.nextAt()]).toEqual([[], NOW + 30_000])
    await site.until(NOW + 100_000)
    expect(site.events.toSorted()).toEqual(['override-ended', 'override-set', 'pool-degraded', 'pool-restored'])
  })

  test('is not due again within a second, whatever changes meanwhile', async () => {
    const site = new Site()
    site.overrides = [{ ...DRAIN, until: NOW + 400 }]
    await site.monitor.look()
    expect(site.monitor.nextAt()).toBe(NOW + MIN_LOOK_GAP_MS)
  })

  test('sees a vantage point fall silent, and come back', async () => {
    const site = new Site()
    await site.monitor.look()
    site.now += 901_000
    await site.monitor.look()
    site.writtenAt = site.now
    await site.monitor.look()
    expect(site.events).toEqual(['vantage-back', 'vantage-silent'])
  })
})

describe('the record', () => {
  test('is told by zone, target, pool and time', async () => {
    const site = new Site()
    await site.monitor.look()
    site.now += 60_000
    await site.change('192.0.2.1', 'down')
    const { monitor } = site
    expect(monitor.events({ target: '192.0.2.1:80' }).map(({ event }) => event)).toEqual(['target-down'])
    expect(monitor.events({ pool: 'www.example.com/A' }).map(({ event }) => event)).toEqual(['pool-degraded'])
    expect(monitor.events({ zone: 'example.net' })).toEqual([])
    expect(monitor.events({ to: NOW })).toEqual([])
    expect(monitor.events({ from: NOW + 1, limit: 1 }).length).toBe(1)
  })

  test('has the past of a target: states, who forces them, and latencies', async () => {
    const site = new Site()
    await site.monitor.look()
    for (let i = 1; i <= 3; i++) {
      site.now += LATENCY_SAMPLE_MS
      site.ms = 10 * i
      site.overrides = i === 2 ? [DRAIN] : []
      await site.change('192.0.2.1', 'up')
    }
    const history = await site.monitor.history('example.com', '192.0.2.1:80', NOW, site.now)
    expect(history?.changes.map(({ state, by }) => [state, by])).toEqual([
      ['up', undefined],
      ['drained', 'ops'],
      ['up', undefined],
    ])
    expect(history?.latency).toEqual([
      expect.objectContaining({ check: 'example.com/web', vantage: 'cron', ms: [10, 20, 30] }),
    ])
    expect(await site.monitor.history('example.com', '192.0.2.9:80', NOW, site.now)).toBeUndefined()
  })

  test('keeps the newest changes alone', async () => {
    const site = new Site()
    await site.monitor.look()
    const rows = (): number => [...site.storage.sql.exec('SELECT 1 FROM record')].length
    site.storage.sql.exec(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MAX_RECORD_ROWS + 5000})
       INSERT INTO record (at, subject, state) SELECT ${NOW}, 'target x y', 'up' FROM n`,
    )
    // An object that is moved often counts nothing in memory.
    site.restart()
    site.now += 1000
    await site.change('192.0.2.1', 'down')
    expect(rows()).toBe(MAX_RECORD_ROWS)
  })

  test('keeps changes for a month, whether others come or not', async () => {
    const site = new Site()
    await site.monitor.look()
    for (const state of ['down', 'up'] as const) {
      site.now += 60_000
      await site.change('192.0.2.1', state)
    }
    site.now = NOW + 60_000 + MAX_RECORD_MS
    site.writtenAt = site.now
    await site.monitor.look()
    expect(site.monitor.events({ zone: 'example.com' }).length).toBe(4)
    site.now += 1
    await site.monitor.look()
    expect(site.events.toSorted()).toEqual(['pool-restored', 'target-up'])
    site.now += MAX_RECORD_MS
    site.writtenAt = site.now
    await site.monitor.look()
    expect([...site.storage.sql.exec('SELECT 1 FROM record')]).toEqual([])
  })
})

describe('deliveries', () => {
  test('go to those of all zones, and to those of the zone', async () => {
    const site = new Site()
    site.setting = JSON_RECEIVER
    site.zone = zoneWith([{ url: 'http://127.0.0.1:9/zone', format: 'slack', on: ['pool-degraded'] }])
    await site.monitor.look()
    site.now += 60_000
    await site.change('192.0.2.1', 'down')
    await site.until(site.now + 10_000)
    expect(site.bodies.map(({ event, text }) => event ?? text).toSorted()).toEqual([
      ...['pool-degraded', 'target-down', 'the pool www.example.com/A is degraded: 1 of 2 members is up'],
    ])
  })

  test('are tried again with longer and longer waits, then given up, and no secret is in the storage', async () => {
    const site = new Site()
    site.setting =
      '[{"url":"http://127.0.0.1:9/a-secret-path","format":"json","secret":"a-secret-key","on":["target-down"]}]'
    await site.monitor.look()
    site.outcomes = Array(20).fill({ kind: 'again', status: 500, why: 'status 500' })
    site.now += 60_000
    await site.change('192.0.2.1', 'down')
    const began = site.now
    await site.until(site.now + 10 * 3_600_000)
    expect(site.sent.length).toBe(NOTIFY_RETRY_SECONDS.length + 1)
    expect(new Set(site.sent.map(({ id }) => id)).size).toBe(1)
    expect(site.now - began).toBeGreaterThan(NOTIFY_RETRY_SECONDS.reduce<number>((a, b) => a + b, 0) * 1000)
    const { receivers } = await site.monitor.notifications()
    expect(receivers[0]).toMatchObject({ waiting: 0, delivered: 0, failed: 1, last: { delivered: false, status: 500 } })
    expect(site.logged).toEqual([expect.objectContaining({ event: 'notification-failed', why: 'status 500' })])
    const tables = ['seen', 'record', 'told', 'messages', 'queue', 'receivers', 'meta']
    const stored = tables.map((table) => JSON.stringify([...site.storage.sql.exec(`SELECT * FROM ${table}`)])).join()
    expect(`${stored}${JSON.stringify(site.logged)}${JSON.stringify(receivers)}`).not.toMatch(/a-secret/)
  })

  test('keep their order: what is tried again holds up what comes behind it', async () => {
    const site = new Site()
    site.setting = '[{"url":"http://127.0.0.1:9/hook","format":"json","on":["target-down","target-up"]}]'
    await site.monitor.look()
    site.outcomes = [{ kind: 'again', why: 'status 500' }]
    site.now += 60_000
    await site.change('192.0.2.1', 'down')
    await site.until(site.now + 2000)
    await site.change('192.0.2.1', 'up')
    await site.until(site.now + 60_000)
    expect(site.bodies.map(({ event }) => event)).toEqual(['target-down', 'target-down', 'target-up'])
  })

  test('that a lost object did not end are made again', async () => {
    const site = new Site()
    site.setting = JSON_RECEIVER
    await site.monitor.look()
    site.now += 60_000
    await site.change('192.0.2.1', 'down')
    site.restart()
    await site.until(site.now + 30_000)
    expect(site.bodies.map(({ event }) => event).toSorted()).toEqual(['pool-degraded', 'target-down'])
  })

  test('to a receiver that is taken away are dropped', async () => {
    const site = new Site()
    site.setting = JSON_RECEIVER
    await site.monitor.look()
    site.outcomes = [{ kind: 'again', why: 'status 500' }]
    site.now += 60_000
    await site.change('192.0.2.1', 'down')
    await site.until(site.now + 3000)
    site.setting = undefined
    await site.until(site.now + 600_000)
    expect([site.sent.length, site.monitor.deliveries.counts().waiting, site.monitor.nextAt() > site.now]).toEqual([
      1,
      0,
      true,
    ])
  })

  test('wait for receivers that an incomplete reading, or a wrong NOTIFY, does not show', async () => {
    const site = new Site()
    site.setting = JSON_RECEIVER
    await site.monitor.look()
    site.outcomes = Array(2).fill({ kind: 'again', why: 'status 500' })
    site.now += 60_000
    await site.change('192.0.2.1', 'down')
    await site.until(site.now + 3000)
    for (const [setting, isComplete] of [
      ['no json', true],
      [undefined, false],
    ] as const) {
      Object.assign(site, { setting, isComplete })
      site.restart()
      await site.monitor.look()
      site.now += 60_000
      await site.run()
      expect([site.monitor.deliveries.counts().waiting, site.monitor.nextAt() > site.now]).toEqual([2, true])
    }
    Object.assign(site, { setting: JSON_RECEIVER, isComplete: true })
    await site.until(site.now + 60_000)
    await site.monitor.look()
    await site.until(site.now + 60_000)
    const { receivers } = await site.monitor.notifications()
    expect(receivers[0]).toMatchObject({ waiting: 0, delivered: 2, failed: 0 })
  })

  test('that are as many as may be at once leave nothing due before one of them ends', async () => {
    const site = new Site()
    const urls = Array.from({ length: MAX_SENDS_AT_ONCE + 2 }, (_, i) => `http://127.0.0.1:9/${i}`)
    const list = urls.map((url, i) => ({ url: `${url}`, format: 'json', on: ['target-down'], hold: i % 2 }))
    site.setting = JSON.stringify(list)
    await site.monitor.look()
    site.now += 60_000
    await site.change('192.0.2.1', 'down')
    site.now += 5000
    let answer = () => {}
    site.slow = new Promise((resolve) => {
      answer = resolve
    })
    await site.monitor.queue()
    const sent = site.monitor.deliver()
    expect([site.sent.length, site.monitor.nextAt() > site.now]).toEqual([MAX_SENDS_AT_ONCE, true])
    // A monitor that replaces this one sends nothing twice.
    site.restart()
    await site.run()
    expect([site.sent.length, site.monitor.nextAt() > site.now]).toEqual([MAX_SENDS_AT_ONCE, true])
    answer()
    await sent
    expect([site.sent.length, site.monitor.deliveries.counts().waiting]).toEqual([urls.length, 0])
  })

  test('that are too many are given up: counted, and logged in one line', async () => {
    const site = new Site()
    site.setting = '[{"url":"http://127.0.0.1:9/hook","format":"json","on":["override-set"]}]'
    await site.monitor.look()
    site.storage.sql.exec(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MAX_WAITING + 2})
       INSERT INTO queue (receiver, message, part, tries, due) SELECT '* 0 json http://127.0.0.1:9/…', 'm', 0, 0, ${NOW * 2} FROM n`,
    )
    site.now += 60_000
    site.overrides = [DRAIN]
    await site.monitor.look()
    site.now += 5000
    await site.monitor.queue()
    const { receivers } = await site.monitor.notifications()
    expect(receivers[0]).toMatchObject({ waiting: MAX_WAITING, failed: 3 })
    expect(site.monitor.deliveries.counts().totals).toEqual({ json: { delivered: 0, failed: 3 } })
    expect(site.logged).toEqual([
      {
        ...{ event: 'notification-failed', receiver: '* 0 json http://127.0.0.1:9/…' },
        why: '3 messages: dropped for newer ones: at most 200 wait for a receiver, and 2000 for all',
      },
    ])
  })

  test('that are too many are given up, but for the one that is being sent', async () => {
    const site = new Site()
    site.setting = '[{"url":"http://127.0.0.1:9/hook","format":"json","on":["override-set"]}]'
    await site.monitor.look()
    site.now += 60_000
    site.overrides = [DRAIN]
    await site.monitor.look()
    site.now += 5000
    await site.monitor.queue()
    let answer = () => {}
    site.slow = new Promise((resolve) => {
      answer = resolve
    })
    const sent = site.monitor.deliver()
    site.storage.sql.exec(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MAX_WAITING})
       INSERT INTO queue (receiver, message, part, tries, due) SELECT '* 0 json http://127.0.0.1:9/…', 'm', 0, 0, ${NOW * 2} FROM n`,
    )
    site.now += 60_000
    site.overrides = [{ ...DRAIN, why: 'another reason' }]
    await site.monitor.look()
    site.now += 5000
    await site.monitor.queue()
    answer()
    await sent
    const { totals, waiting } = site.monitor.deliveries.counts()
    expect([totals, waiting]).toEqual([{ json: { delivered: 1, failed: 2 } }, MAX_WAITING - 1])
  })

  test('wait on for a receiver that moves in its list; for one that is not listed any more they are given up', async () => {
    const site = new Site()
    const setting = (...names: string[]): string =>
      JSON.stringify(
        names.map((name) => ({ url: `https://${name}.example/hook`, format: 'json', on: ['override-set'] })),
      )
    site.setting = setting('a')
    await site.monitor.look()
    const waiting = `'* 0 json https://a.example/…', 'm', 0, 0, ${NOW * 2}`
    site.storage.sql.exec(`INSERT INTO queue (receiver, message, part, tries, due) VALUES (${waiting}), (${waiting})`)
    const look = async (...names: string[]) => {
      site.now += 60_000
      site.setting = setting(...names)
      await site.monitor.look()
      return site.monitor.deliveries.counts().waiting
    }
    expect(await look('b', 'a')).toBe(2)
    expect(site.logged).toEqual([])
    expect(await look('b')).toBe(0)
    expect(site.logged).toEqual([
      {
        ...{ event: 'notification-failed', receiver: '* 0 json https://a.example/…' },
        why: '2 messages: the receiver is not listed any more',
      },
    ])
  })

  test('that a changed receiver no longer asks for are neither sent nor counted', async () => {
    const site = new Site()
    site.setting = JSON_RECEIVER
    await site.monitor.look()
    site.outcomes = [{ kind: 'again', status: 500, why: 'status 500' }]
    site.now += 60_000
    await site.change('192.0.2.1', 'down')
    await site.until(site.now + 3000)
    site.setting = '[{"url":"http://127.0.0.1:9/hook","format":"json","on":["zone-refused"]}]'
    await site.until(site.now + 60_000)
    const { receivers } = await site.monitor.notifications()
    expect([site.sent.length, receivers[0]]).toEqual([
      1,
      expect.objectContaining({ waiting: 0, delivered: 0, failed: 0, last: expect.objectContaining({ status: 500 }) }),
    ])
  })

  test('of an incident end it, though its receiver waits for another time now', async () => {
    const site = new Site()
    const pagerduty = (hold: number) =>
      JSON.stringify([{ format: 'pagerduty', routingKey: 'k', on: ['target-down'], hold }])
    site.setting = pagerduty(0)
    await site.monitor.look()
    site.now += 60_000
    await site.change('192.0.2.1', 'down')
    await site.until(site.now + 10_000)
    site.setting = pagerduty(30)
    await site.monitor.look()
    site.now += 60_000
    await site.change('192.0.2.1', 'up')
    await site.until(site.now + 60_000)
    // The end of the pool's trouble is sent, too.
    const own = site.bodies.filter(({ dedup_key: key }) => key === site.bodies[0].dedup_key)
    expect(own.map(({ event_action: action }) => action)).toEqual(['trigger', 'resolve'])
    // Nothing is remembered for receivers that are gone, as soon as that is certain.
    const told = (): number => [...site.storage.sql.exec('SELECT 1 FROM told')].length
    const kept = told()
    site.setting = undefined
    site.isComplete = false
    await site.monitor.look()
    expect([kept > 0, told()]).toEqual([true, kept])
    site.isComplete = true
    await site.monitor.look()
    expect(told()).toBe(0)
  })

  test('of a test say how it went', async () => {
    const site = new Site()
    site.setting = '[{"url":"http://127.0.0.1:9/hook","format":"pagerduty","routingKey":"k"}]'
    site.outcomes = [
      { kind: 'delivered', status: 202 },
      { kind: 'refused', status: 400, why: 'status 400' },
    ]
    expect(await site.monitor.test(1)).toEqual({ receiver: 1, delivered: false, status: 400, why: 'status 400' })
    expect(await site.monitor.test(1)).toEqual({ receiver: 1, delivered: true, status: 204 })
    expect(await site.monitor.test(2)).toBeUndefined()
  })
})
