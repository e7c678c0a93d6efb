import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { formatVantage, SIGNATURE_HEADERS, type Signed, sign, UNPROBED } from '../../src/health/index.ts'
import { compileZone } from '../../src/zone/index.ts'
import { eventually } from '../eventually.ts'
import { A, B, SECRET, settings, ZONE } from './api-support.ts'
import { type Isolate, newIsolate, probesOf } from './health-support.ts'
import { publish } from './support.ts'

/** One isolate for all tests: Durable Objects end with their code. */
let isolate: Isolate
beforeAll(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  await publish(ZONE)
  isolate = await newIsolate(settings)
})

describe('POST /api/v1/push', () => {
  const push = (entries: unknown, as: Isolate = isolate) =>
    as.api('/push', { method: 'POST', body: JSON.stringify(entries) })
  const share = async (name: string, address: string) => {
    let count = 0
    for (let i = 0; i < 100; i++) if ((await isolate.ask(name)) === address) count++
    return count
  }

  test('a state of one target or of all targets counts at once', async () => {
    expect(await push({ check: 'pool.example/load', target: A, state: 'down', why: 'full' })).toEqual({
      ...{ status: 200, body: { targets: 1 } },
    })
    await eventually(async () => expect(await isolate.ask('app.pool.example')).toBe(B))
    expect(await push({ check: 'pool.example/load', state: 'up' })).toEqual({ status: 200, body: { targets: 2 } })
    await eventually(async () => expect(await isolate.ask('busy.pool.example')).toBe(`${A} ${B}`))
    expect(await push({ check: 'pool.example/v6', target: '2001:DB8:0::1', state: 'down' })).toMatchObject({
      status: 200,
    })
  })

  test('weights steer a pool with dynamic weights, and load sheds', async () => {
    await push([
      { check: 'pool.example/load', target: A, weight: 1, load: 10 },
      { check: 'pool.example/load', target: B, weight: 99, load: 10 },
    ])
    await eventually(async () => expect(await share('app.pool.example', B)).toBeGreaterThan(85))
    await push({ check: 'pool.example/load', target: B, weight: 1, load: 100 })
    await eventually(async () => expect(await share('app.pool.example', B)).toBeLessThan(75))
    await eventually(async () => expect(await isolate.ask('busy.pool.example')).toBe(A))
    const { body } = await isolate.api('/health')
    const found = body.targets.find(
      (one: { check: string; target: string }) => one.target === B && one.check.endsWith('load'),
    )
    expect([found.weight, found.load, found.reports[0].vantage]).toEqual([1, 100, 'push'])
  })

  test('an unknown check is 404 with the known ones, and no entry of the list is stored', async () => {
    const { status, body } = await push([
      { check: 'pool.example/load', target: A, state: 'down' },
      { check: 'pool.example/web', target: A, state: 'down' },
    ])
    expect([status, body.error]).toEqual([
      404,
      `there is no push check pool.example/web of ${A}; expected one of: pool.example/load of ${A}; ` +
        `pool.example/load of ${B}; pool.example/v6 of 2001:db8::1; pool.example/v6 of 2001:db8::2`,
    ])
    for (const target of ['192.0.2.9', 'nowhere', '', `${A}:80:80`]) {
      expect((await push({ check: 'pool.example/load', target, state: 'down' })).status).toBe(404)
    }
  })

  test.each([
    ['', 'not JSON'],
    ['7', 'expected an object with "check"'],
    ['{}', 'check: '],
    ['{"check":"a","state":"sleepy"}', 'state: expected "up" or "down"'],
    ['{"check":"a","load":-1}', 'load: expected a number of 0 or more'],
    ['{"check":"a","load":1e999}', 'load: expected a number of 0 or more'],
    ['{"check":"a","load":"1"}', 'load: expected a number of 0 or more, or { "value": 42'],
    ['{"check":"a","load":{"target":7,"capacity":9}}', 'load.value: the field "value" is missing'],
    ['{"check":"a","load":{"value":1,"target":7}}', 'load: expected "target" and "capacity" together'],
    ['{"check":"a","load":{"value":1,"target":7,"capacity":6}}', 'load: expected "target" and "capacity" together'],
    ['{"check":"a","load":{"value":1,"target":0,"capacity":6}}', 'load: expected "target" and "capacity" together'],
    ['{"check":"a","colour":"red"}', 'colour'],
    [JSON.stringify({ check: 'a', why: 'x'.repeat(81) }), 'why: expected at most 80 characters'],
  ])('%s is not a valid push', async (body, why) => {
    const reply = await isolate.api('/push', { method: 'POST', body })
    expect([reply.status, reply.body.error]).toEqual([422, expect.stringContaining(why)])
  })
})

describe('agents', () => {
  afterEach(() => vi.useRealTimers())

  let seq = Date.now()
  const reportText = (state: 'up' | 'down' = 'up', number = ++seq) => {
    const id = probesOf(ZONE).get(A)?.id ?? ''
    return formatVantage({
      name: 'agent-1',
      at: 0,
      seq: number,
      targets: new Map([[id, { ...UNPROBED, state, at: 1 }]]),
    })
  }
  type Change = {
    agent: string
    at: number
    path: string
    method: string
    body: string
    secret: string
    headers: Record<string, string | undefined>
    sent: Partial<{ body: string; path: string; method: string }>
  }
  const REPORT = '/api/v1/agents/agent-1/report'

  /** Returns a signed request of an agent. `sent` replaces its body after signing, `headers` its headers. */
  async function signedRequest(changes: Partial<Change> = {}): Promise<Response> {
    return isolate.send((await prepared(changes))())
  }

  async function prepared(changes: Partial<Change>): Promise<() => Request> {
    const usual = { agent: 'agent-1', at: Date.now(), path: REPORT, method: 'POST', body: reportText(), secret: SECRET }
    const request = { ...usual, headers: {}, sent: {}, ...changes }
    const { agent, at, path, method, body, secret, sent } = request
    const signed: Signed = { agent, at, path, method, body: new TextEncoder().encode(body) }
    const all = {
      [SIGNATURE_HEADERS.agent]: agent,
      [SIGNATURE_HEADERS.at]: String(at),
      [SIGNATURE_HEADERS.signature]: await sign(secret, signed),
      ...request.headers,
    }
    const headers = new Headers()
    for (const [name, value] of Object.entries(all)) if (value !== undefined) headers.set(name, value)
    const verb = sent.method ?? method
    const content = verb === 'GET' || verb === 'HEAD' ? {} : { body: sent.body ?? body }
    return () => new Request(`https://gslb.test${sent.path ?? path}`, { method: verb, headers, ...content })
  }

  test('get their probes and report results, which change answers', async () => {
    const path = '/api/v1/agents/agent-1/probes'
    const probes = await signedRequest({ method: 'GET', path, body: '' })
    expect(probes.status).toBe(200)
    const { probes: list, complete } = (await probes.json()) as {
      probes: { host: string; action: object }[]
      complete: boolean
    }
    expect([complete, list.map(({ host, action }) => [host, (action as { path: string }).path])]).toEqual([
      true,
      [[A, '/health']],
    ])
    const other = await signedRequest({
      method: 'GET',
      path: '/api/v1/agents/agent-2/probes',
      body: '',
      agent: 'agent-2',
      secret: 'fedcba9876543210',
    })
    expect(((await other.json()) as { probes: object[] }).probes).toEqual([])

    const inner =
      [...probesOf({ ...ZONE, records: { inner: Reflect.get(ZONE.records, 'inner') } }).values()][0]?.id ?? ''
    const report = (state: 'up' | 'down') =>
      formatVantage({
        name: 'x',
        at: 0,
        seq: ++seq,
        targets: new Map([[inner, { ...UNPROBED, state, at: 1, since: 1 }]]),
      })
    expect((await signedRequest({ body: report('down') })).status).toBe(200)
    await eventually(async () => {
      const { body } = await isolate.api('/health')
      const found = body.targets.find((one: { check: string }) => one.check === 'pool.example/inner')
      expect([found.real, found.reports[0]?.vantage]).toEqual(['down', 'agent-1'])
    })
  })

  test('get an error for a repeated report, and for one with a lower number', async () => {
    const body = reportText()
    expect(await (await signedRequest({ body })).json()).toEqual({ taken: true, targets: 1, refetch: false })
    for (const text of [body, reportText('down', 5)]) {
      const response = await signedRequest({ body: text })
      expect(response.status).toBe(409)
      expect(await response.json()).toMatchObject({
        error: 'a report with this number, or a later one, was taken already',
      })
    }
    expect((await signedRequest({ body: '{}' })).status).toBe(422)
  })

  test('cannot change targets that they do not probe', async () => {
    const compiled = compileZone(ZONE)
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
    const ids = [...compiled.value.zone.conditions.map(({ probe }) => probe.id), 'of nobody']
    const targets = new Map(ids.map((id) => [id, { ...UNPROBED, state: 'down' as const, at: 1 }]))
    const body = formatVantage({ name: 'agent-1', at: 0, seq: ++seq, targets })
    expect(await (await signedRequest({ body })).json()).toEqual({ taken: true, targets: 1, refetch: true })
    await eventually(async () => expect(await isolate.ask('www.pool.example')).toBe(`${A} ${B}`))
  })

  const NOT_KNOWN = 'the signature is not that of an agent known here'
  const body = reportText('down')
  const tampered: [string, () => Partial<Change>, string][] = [
    ['another body', () => ({ sent: { body: reportText('down') } }), NOT_KNOWN],
    ['one octet more', () => ({ body, sent: { body: `${body} ` } }), NOT_KNOWN],
    ['no body', () => ({ sent: { body: '' } }), NOT_KNOWN],
    ['another path', () => ({ path: '/api/v1/agents/agent-1/probes', sent: { path: REPORT } }), NOT_KNOWN],
    ['another method', () => ({ path: '/api/v1/agents/agent-1/probes', sent: { method: 'GET' } }), NOT_KNOWN],
    ['to the path of another agent', () => ({ sent: { path: '/api/v1/agents/agent-2/report' } }), NOT_KNOWN],
    ['as another agent', () => ({ headers: { 'x-agent': 'agent-2' } }), NOT_KNOWN],
    ['by the secret of another agent', () => ({ secret: 'fedcba9876543210' }), NOT_KNOWN],
    ['by another agent, for this path', () => ({ agent: 'agent-2', secret: 'fedcba9876543210' }), NOT_KNOWN],
    ['by nobody known', () => ({ agent: 'agent-9', path: '/api/v1/agents/agent-9/report' }), NOT_KNOWN],
    [
      'by who knows what stands in for a secret',
      () => ({ agent: 'agent-9', path: '/api/v1/agents/agent-9/report', secret: 'no agent has this name' }),
      NOT_KNOWN,
    ],
    [
      'by a name that objects have',
      () => ({ agent: 'constructor', path: '/api/v1/agents/constructor/report' }),
      NOT_KNOWN,
    ],
    ['with its time moved by a second', () => ({ headers: { 'x-agent-time': String(Date.now() + 1000) } }), NOT_KNOWN],
    [
      'with its time moved by a day',
      () => ({ at: Date.now() - 86_400_000, headers: { 'x-agent-time': String(Date.now()) } }),
      NOT_KNOWN,
    ],
    ['with a time that is none', () => ({ headers: { 'x-agent-time': '1e13' } }), NOT_KNOWN],
    ['two minutes ago', () => ({ at: Date.now() - 120_000 }), 'signed 120 s ago'],
    ['two minutes from now', () => ({ at: Date.now() + 120_000 }), 'signed -120 s ago'],
    ['with garbage', () => ({ headers: { 'x-agent-signature': 'garbage' } }), NOT_KNOWN],
    ['with garbage of the right length', () => ({ headers: { 'x-agent-signature': 'f'.repeat(64) } }), NOT_KNOWN],
    ['with garbage of great length', () => ({ headers: { 'x-agent-signature': 'f'.repeat(9000) } }), NOT_KNOWN],
    ['with zeros', () => ({ headers: { 'x-agent-signature': '0'.repeat(64) } }), NOT_KNOWN],
    [
      'with no signature',
      () => ({ headers: { 'x-agent-signature': undefined } }),
      'expected the headers x-agent-signature',
    ],
    ['with no time', () => ({ headers: { 'x-agent-time': undefined } }), 'expected the headers x-agent-time'],
    ['with no name', () => ({ headers: { 'x-agent': undefined } }), 'expected the headers x-agent'],
    [
      'with nothing',
      () => ({ headers: Object.fromEntries(Object.values(SIGNATURE_HEADERS).map((name) => [name, undefined])) }),
      'expected the headers x-agent, x-agent-time, x-agent-signature',
    ],
    [
      'with the API key instead',
      () => ({ headers: { 'x-agent-signature': undefined, 'x-api-key': settings.API_KEY } }),
      'is not signed',
    ],
  ]
  test.each(tampered)('a report is refused: %s', async (_, changes, why) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const response = await signedRequest(changes())
    const { error } = (await response.json()) as { error: string }
    expect([response.status, error]).toEqual([401, expect.stringContaining(why)])
    // The unchanged report would be accepted.
    expect((await signedRequest()).status).toBe(200)
  })

  test('are refused with the same work for every error, so that time reveals nothing', async () => {
    const text = reportText('down')
    const right = { body: text, at: Date.now() }
    const kinds: Record<string, Partial<Change>> = {
      'wrong signature': { ...right, secret: 'another secret of some length' },
      'unknown agent': { ...right, agent: 'agent-9', path: '/api/v1/agents/agent-9/report' },
      'garbage of the right length': { ...right, headers: { 'x-agent-signature': 'ab'.repeat(32) } },
      'first half right': { ...right, headers: { 'x-agent-signature': await halfRight(right) } },
      garbage: { ...right, headers: { 'x-agent-signature': 'garbage' } },
    }
    for (const [name, changes] of Object.entries(kinds)) {
      const make = await prepared(changes)
      const work: string[] = []
      const spies = (['importKey', 'verify', 'sign', 'digest'] as const).map((use) => spyOn(use, work))
      const { status } = await isolate.send(make())
      for (const spy of spies) spy.mockRestore()
      expect(status).toBe(401)
      expect([name, work]).toEqual([name, ['importKey', `verify 32 ${messageLength(right)}`]])
    }
  })

  /** Records each use of Web Crypto, with its number of octets. HMAC makes one block of any secret. */
  function spyOn(use: 'importKey' | 'verify' | 'sign' | 'digest', work: string[]) {
    const real = crypto.subtle[use].bind(crypto.subtle) as (...args: unknown[]) => Promise<never>
    return vi.spyOn(crypto.subtle, use).mockImplementation(((...args: unknown[]) => {
      const octets = use === 'importKey' ? [] : args.filter(ArrayBuffer.isView).map((view) => view.byteLength)
      work.push([use, ...octets].join(' '))
      return real(...args)
    }) as never)
  }

  /** The octets that an agent signs; all agents here have names of one length. */
  const messageLength = ({ body, at }: { body: string; at: number }): number =>
    `edge-gslb agent\nagent-1\nPOST ${REPORT}\n${at}\n${body}`.length

  async function halfRight({ body: text, at }: { body: string; at: number }): Promise<string> {
    const signed = { agent: 'agent-1', at, path: REPORT, method: 'POST', body: new TextEncoder().encode(text) }
    return (await sign(SECRET, signed)).slice(0, 32) + '0'.repeat(32)
  }
})
