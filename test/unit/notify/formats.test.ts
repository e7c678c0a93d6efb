import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  bodiesOf,
  EVENT_NAMES,
  type EventName,
  type Message,
  parseNotify,
  type Receiver,
  receiverOf,
  send,
  shownUrl,
  signatureHeaders,
  testBodies,
} from '../../../src/notify/index.ts'
import { must } from '../must.ts'

const NOW = Date.parse('2026-12-01T10:00:00Z')

const receiver = (format: Receiver['format'], on: readonly EventName[] = EVENT_NAMES): Receiver => ({
  ...{ id: 'r', zone: undefined, format, on: new Set(on), hold: 0, url: 'http://127.0.0.1:9/hook' },
  ...{ secret: undefined, routingKey: 'key' },
})

const about = { zone: 'example.com', check: 'example.com/web', target: '192.0.2.1:80', since: NOW - 2000 }

const DOWN: Message = {
  ...{ id: 'msg_1', event: 'target-down', at: NOW, text: '192.0.2.1:80 of example.com/web is down: <refused>' },
  items: [{ key: 'target example.com/web 192.0.2.1:80', from: 'up', to: 'down', about }],
  ...{ live: 1, members: 2, incidents: [{ name: 'msg_1', isOver: false }] },
}
const UP: Message = {
  ...DOWN,
  ...{ id: 'msg_2', event: 'target-up', at: NOW + 60_000, text: '192.0.2.1:80 of example.com/web is up again' },
  items: [
    { key: 'target example.com/web 192.0.2.1:80', from: 'down', to: 'up', about: { ...about, since: NOW + 59_000 } },
  ],
  incidents: [{ name: 'msg_1', isOver: true }],
}

const parsed = (message: Message, to: Receiver) => bodiesOf(message, to).map((body) => JSON.parse(body))

describe('the bodies of a message', () => {
  test('json has the fields that apply', () => {
    expect(parsed(DOWN, receiver('json'))).toEqual([
      {
        ...{ event: 'target-down', zone: 'example.com', check: 'example.com/web', targets: ['192.0.2.1:80'] },
        ...{ at: '2026-12-01T10:00:00.000Z', since: '2026-12-01T09:59:58.000Z' },
        ...{ text: DOWN.text, live: 1, members: 2 },
      },
    ])
  })

  test('slack has its characters escaped, and discord mentions nobody', () => {
    expect(parsed(DOWN, receiver('slack'))).toEqual([
      { text: '192.0.2.1:80 of example.com/web is down: &lt;refused&gt;' },
    ])
    expect(parsed(DOWN, receiver('discord'))).toEqual([{ content: DOWN.text, allowed_mentions: { parse: [] } }])
  })

  test('pagerduty has one key for the beginning and the end', () => {
    expect(parsed(DOWN, receiver('pagerduty'))).toEqual([
      {
        ...{ routing_key: 'key', dedup_key: 'msg_1', event_action: 'trigger', client: 'edge-gslb' },
        payload: expect.objectContaining({ summary: DOWN.text, severity: 'error', source: 'example.com' }),
      },
    ])
    expect(parsed(UP, receiver('pagerduty'))).toEqual([
      { routing_key: 'key', dedup_key: 'msg_1', event_action: 'resolve' },
    ])
    // A part of the incident is over.
    expect(parsed({ ...UP, incidents: [{ name: 'msg_1', isOver: false }] }, receiver('pagerduty'))).toEqual([])
  })

  test('alertmanager ends an alert under the labels that it began with', () => {
    const [[down], [up]] = [parsed(DOWN, receiver('alertmanager')), parsed(UP, receiver('alertmanager'))]
    expect(down[0].labels).toEqual({
      ...{ alertname: 'EdgeGslbTargetDown', severity: 'error' },
      ...{ zone: 'example.com', check: 'example.com/web', target: '192.0.2.1:80' },
    })
    expect(up).toEqual([expect.objectContaining({ labels: down[0].labels, endsAt: '2026-12-01T10:01:00.000Z' })])
    expect(Date.parse(down[0].endsAt)).toBeGreaterThan(NOW + 86_400_000)
  })

  test('a pool that gets worse ends the alert of before', () => {
    const pool = { zone: 'example.com', pool: 'www.example.com/A', live: 0, members: 2 }
    const items = [{ key: 'pool', from: 'degraded', to: 'down', about: pool }]
    const message: Message = { ...DOWN, event: 'pool-down', items, text: 'down' }
    const [alerts] = parsed(message, receiver('alertmanager'))
    expect(
      alerts.map(({ labels, endsAt }: { labels: { alertname: string }; endsAt: string }) => [
        labels.alertname,
        Date.parse(endsAt) <= NOW,
      ]),
    ).toEqual([
      ['EdgeGslbPoolDegraded', true],
      ['EdgeGslbPoolDown', false],
    ])
  })

  test('are none for an event that is not asked for, but for the end of what was begun', () => {
    const on: readonly EventName[] = ['target-down']
    for (const format of ['json', 'slack', 'discord'] as const) {
      expect([format, bodiesOf(DOWN, receiver(format, on)).length, bodiesOf(UP, receiver(format, on)).length]).toEqual([
        ...[format, 1, 0],
      ])
    }
    for (const format of ['pagerduty', 'alertmanager'] as const) {
      expect([format, bodiesOf(UP, receiver(format, on)).length]).toEqual([format, 1])
      expect([format, bodiesOf(DOWN, receiver(format, ['pool-down'])).length]).toEqual([format, 0])
    }
  })

  test.each(['json', 'slack', 'discord', 'pagerduty', 'alertmanager'] as const)('a test in the form %s', (format) => {
    const bodies = testBodies(NOW, 'msg_3', receiver(format))
    expect(bodies.length).toBe(format === 'pagerduty' ? 2 : 1)
    for (const body of bodies) expect(() => JSON.parse(body)).not.toThrow()
  })
})

describe('signatures of Standard Webhooks', () => {
  test.each([
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')],
    ['a secret as text', Buffer.from('a secret as text')],
    ['whsec_%not base64%', Buffer.from('whsec_%not base64%')],
  ])('of %s are those of another implementation', async (secret, key) => {
    const body = '{"test": 2432232314}'
    const headers = await signatureHeaders(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330_999, body)
    const signed = createHmac('sha256', key).update(`msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.${body}`).digest('base64')
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': `v1,${signed}`,
    })
  })

  test('agree with the example of the specification', async () => {
    const headers = await signatureHeaders(
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1_614_265_330_000,
      '{"test": 2432232314}',
    )
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })
})

describe('receivers', () => {
  test('of NOTIFY have secrets as they are', () => {
    const list = must(
      parseNotify(
        '[{"url":"https://hooks.slack.com/services/T/B/x","format":"slack"},{"format":"pagerduty","routingKey":"k"}]',
      ),
    )
    const made = list.map((one, i) => must(receiverOf(one, i, undefined, () => undefined)))
    expect(made.map(({ url, routingKey }) => [url, routingKey])).toEqual([
      ['https://hooks.slack.com/services/T/B/x', undefined],
      ['https://events.pagerduty.com/v2/enqueue', 'k'],
    ])
    expect(made.some(({ id }) => id.includes('services'))).toBe(false)
  })

  test.each([
    ['nothing', /NOTIFY is not JSON/],
    ['{}', /expected a list of receivers/],
    ['[{"url":"http://example.com/x","format":"json"}]', /example\.com is reached without TLS; expected https:/],
    ['[{"url":"ftp://10.0.0.1/secret","format":"json"}]', /^NOTIFY is not valid: 0\.url: the URL is not a URL/],
    ['[{"url":"https://u:p@example.com/","format":"json"}]', /has a user or a password/],
    ['[{"url":"https://example.com","format":"jsn"}]', /expected "json"/],
    ['[{"url":"https://example.com","format":"json","on":["target-dwn"]}]', /expected "target-down"/],
    ['[{"url":"https://example.com","format":"json","hold":-1}]', /expected whole seconds/],
    ['[{"url":"https://example.com","format":"slack","secret":"x"}]', /signs the format "json" alone/],
    ['[{"format":"slack"}]', /the field "url" is missing/],
    ['[{"format":"pagerduty"}]', /the field "routingKey" is missing/],
    ['[{"url":"https://example.com","format":"json","secret":"whsec_"}]', /there is no key behind "whsec_"/],
    ['[{"url":"$API_KEY","format":"json"}]', /is a secret of the Worker itself/],
  ])('%s is not valid', (text, message) => {
    const found = parseNotify(text)
    expect(found.ok ? '' : found.error).toMatch(message)
    expect(found.ok ? '' : found.error).not.toContain('secret"')
  })

  test('whose secret is missing say so', () => {
    const found = receiverOf({ url: '$SLACK_URL', format: 'slack' }, 0, 'example.com', () => undefined)
    expect(found.ok ? '' : found.error).toBe(
      'the Worker has no secret SLACK_URL; expected one: npx wrangler secret put SLACK_URL',
    )
    const bad = receiverOf({ url: '$SLACK_URL', format: 'slack' }, 0, 'example.com', () => 'http://example.com/hidden')
    expect(bad.ok ? '' : bad.error).toMatch(/^\$SLACK_URL: example\.com is reached without TLS/)
  })

  test('of a zone send a routing key to PagerDuty alone, whatever "$NAME" has', () => {
    const made = (url: string, zone?: string) =>
      receiverOf({ url: '$HOOK', format: 'pagerduty', routingKey: '$KEY' }, 0, zone, (name) =>
        name === 'HOOK' ? url : 'a-key',
      )
    for (const url of ['http://10.0.0.9/hidden', 'https://evil.example/hidden']) {
      const found = made(url, 'example.com')
      expect(found.ok ? '' : found.error).toMatch(/^\$HOOK: the host is not PagerDuty, and would learn the routing key/)
    }
    expect(made('https://events.eu.pagerduty.com/v2/enqueue', 'example.com').ok).toBe(true)
    // The operator who sets NOTIFY knows the key.
    expect(made('http://10.0.0.9/').ok).toBe(true)
  })

  test('whose secret has no key say so', () => {
    const one = { url: 'https://example.com', format: 'json', secret: '$SIGNS' } as const
    const found = receiverOf(one, 0, 'example.com', () => 'whsec_')
    expect(found.ok ? '' : found.error).toMatch(/^\$SIGNS: there is no key behind "whsec_"; expected one/)
  })

  test('are shown without paths and queries', () => {
    expect(['https://a.example/x?y', 'https://a.example/', '$NAME'].map(shownUrl)).toEqual([
      ...['https://a.example/…', 'https://a.example', '$NAME'],
    ])
  })
})

describe('sending', () => {
  const io = (response: () => Promise<Response>, isEdge = false) => {
    const asked: { url: string; init: RequestInit }[] = []
    const fetch = (url: string, init: RequestInit): Promise<Response> => {
      asked.push({ url, init })
      return response()
    }
    return { asked, io: { fetch, clock: () => NOW, isEdge } }
  }

  test.each([
    [200, 'delivered'],
    [202, 'delivered'],
    [301, 'refused'],
    [400, 'refused'],
    [404, 'refused'],
    [408, 'again'],
    [429, 'again'],
    [500, 'again'],
    [503, 'again'],
  ])('status %d is %s', async (status, kind) => {
    const { asked, io: own } = io(
      async () => new Response(null, { status, headers: { location: 'https://other.example' } }),
    )
    const sent = await send(receiver('json'), 'msg_1', '{}', own)
    expect([sent.kind, asked.length, asked[0]?.init.redirect]).toEqual([kind, 1, 'manual'])
  })

  test('a receiver that asks to wait is waited for, an hour at most', async () => {
    const answered = async (seconds: string) => {
      const { io: own } = io(async () => new Response(null, { status: 429, headers: { 'retry-after': seconds } }))
      return send(receiver('json'), 'msg_1', '{}', own)
    }
    expect(await answered('7')).toMatchObject({ kind: 'again', afterMs: 7000 })
    expect(await answered('999999')).toMatchObject({ kind: 'again', afterMs: 3_600_000 })
    expect(await answered('soon')).not.toHaveProperty('afterMs')
  })

  test('what fails says no secret', async () => {
    const { io: own } = io(async () => {
      throw new Error('fetch of http://127.0.0.1:9/hook?token=secret failed')
    })
    expect(await send(receiver('json'), 'msg_1', '{}', own)).toEqual({ kind: 'again', why: 'the connection failed' })
  })

  test('what cannot be signed is given up at once', async () => {
    const { asked, io: own } = io(async () => new Response())
    const sent = await send({ ...receiver('json'), secret: 'whsec_' }, 'msg_1', '{}', own)
    expect([sent.kind, asked.length]).toEqual(['refused', 0])
  })

  test('private addresses are not reached from the edge', async () => {
    const { asked, io: own } = io(async () => new Response(), true)
    const sent = await send(receiver('json'), 'msg_1', '{}', own)
    expect([sent.kind, asked.length]).toEqual(['refused', 0])
  })

  test('Alertmanager is reached at the path of its alerts', async () => {
    const { asked, io: own } = io(async () => new Response())
    for (const url of ['http://127.0.0.1:9093', 'http://127.0.0.1:9093/am/', 'http://127.0.0.1:9093/api/v2/alerts'])
      await send({ ...receiver('alertmanager'), url }, 'msg_1', '[]', own)
    expect(asked.map(({ url }) => new URL(url).pathname)).toEqual([
      ...['/api/v2/alerts', '/am/api/v2/alerts', '/api/v2/alerts'],
    ])
  })
})
