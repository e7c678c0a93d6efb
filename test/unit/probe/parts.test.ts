import { execFile } from 'node:child_process'
import { type AddressInfo, createServer } from 'node:net'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { nodeIo } from '../../../src/cli/probe-node.ts'
import { type Action, octetsFor } from '../../../src/health/index.ts'
import { runProbe, workersIo } from '../../../src/probe/index.ts'
import { follow } from '../../../src/probe/redirect.ts'
import { searchFor } from '../../../src/probe/search.ts'
import { short } from '../../../src/probe/verdict.ts'
import { runCount } from '../../effort.ts'
import { must } from '../support.ts'
import { http } from './peers.ts'
import { startServers } from './servers.ts'
import { probeOf } from './support.ts'

const probe = (action = http(), host = '192.0.2.1') => ({
  ...probeOf({ name: '', serve: 'refuses', want: { ok: true }, host, action }, action.kind === 'https' ? 443 : 80),
  action,
})

describe('redirects', () => {
  const start = probe(http({ headers: { Authorization: 'secret', 'X-Y': '1' }, redirects: 'follow' }))
  const to = (location: string, from = start) => follow({ status: 302, location }, from, from)
  const reached = (location: string, from = start) => {
    const next = to(location, from)
    return next.ok ? `${next.value.host} ${next.value.port} ${next.value.action.host}${next.value.action.path}` : next
  }

  test.each([
    ['the same name stays pinned', 'http://www.example.com/x?y', '192.0.2.1 80 www.example.com/x?y'],
    ['on another port', 'http://www.example.com:81/', '192.0.2.1 81 www.example.com:81/'],
    ['with TLS', 'https://www.example.com', '192.0.2.1 443 www.example.com/'],
    ['relative', '../x#y', '192.0.2.1 80 www.example.com/x'],
    ['another name', 'http://a.example.com/', 'a.example.com 80 a.example.com/'],
    ['another address', 'http://[2001:DB8::1]:81/', '2001:db8::1 81 [2001:db8::1]:81/'],
    ['a line break in it', 'http://a.example.com/\r\nX: y', 'a.example.com 80 a.example.com/X:%20y'],
  ])('%s', (_, location, expected) => {
    expect(reached(location)).toBe(expected)
  })

  test.each([
    'http://127.0.0.1/',
    'http://0x7f.1/',
    'http://[::ffff:10.0.0.1]/',
    'http://169.254.169.254/',
    'http://localhost/',
  ])('from the Internet to %s is refused', (location) => {
    expect(to(location)).toEqual({ ok: false, error: 'redirected to a private address' })
    expect(to(location, probe(start.action, '10.0.0.1')).ok).toBe(true)
  })

  test('secret headers go to no other host', () => {
    const headers = (location: string) => {
      const next = to(location)
      return next.ok && Object.keys(next.value.action.headers)
    }
    expect(headers('/x')).toEqual(['Authorization', 'X-Y'])
    expect(headers('http://a.example.com/')).toEqual([])
  })
})

describe('search for a text', () => {
  test('finds what indexOf finds, in any pieces', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 30 })
    const wanted = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(text, wanted, fc.integer({ min: 1, max: 7 }), async (all, contains, size) => {
        const search = must(await searchFor({ contains }, 'at the end'))
        const octets = new TextEncoder().encode(all)
        for (let at = 0; at < octets.length; at += size) search.add(octets.subarray(at, at + size))
        expect(search.end()).toBe(all.includes(contains))
      }),
      { numRuns: runCount(2000) },
    )
  })

  test('a peer that sends single octets causes no search of the whole text for each', async () => {
    const tried = vi.spyOn(RE2JS.prototype, 'test')
    onTestFinished(() => tried.mockRestore())
    const matches = '(?i)[a-f]*(x|y){3}$'
    const search = must(await searchFor({ matches }, 'as it comes'))
    const most = octetsFor(RE2JS.compile(matches).programSize())
    for (let i = 0; i < 65_536; i++) search.add(Uint8Array.of(97 + (i % 7)))
    expect(search.end()).toBe(false)
    const octets = tried.mock.calls.reduce((sum, [text]) => sum + text.length, 0)
    expect(octets).toBeGreaterThan(65_536)
    expect(octets).toBeLessThanOrEqual(most + 65_536)
  })

  test('a text that is not a pattern changes no state', async () => {
    const io = nodeIo()
    const bad = { matches: '(?=x)' }
    const why = expect.stringMatching(/^not a pattern: .*/)
    const actions: readonly Action[] = [http({ body: bad }), { kind: 'tcp', send: undefined, expect: bad }]
    for (const action of actions) {
      expect(await runProbe({ ...probe(), action }, io)).toEqual({ outcome: 'not-run', why })
    }
  })
})

test('reasons are one short line', () => {
  expect(short('a\nb\u202ec\u001b[31m')).toBe('a?b?c?[31m')
  expect(short('x'.repeat(100))).toHaveLength(80)
  expect(short(`${'x'.repeat(78)}😀😀`)).toBe(`${'x'.repeat(78)}…`)
})

/** Behaviour of the real edge only, by its documentation; the rest of the adapter runs in test/worker. */
describe('on the edge', () => {
  const refuse = () => Promise.reject(new Error('Too many subrequests.'))
  const spent = {
    ...{ opened: refuse(), closed: refuse(), readable: new ReadableStream(), writable: new WritableStream() },
    ...{ close: refuse, startTls: () => spent },
  }
  for (const promise of [spent.opened, spent.closed]) promise.catch(() => {})
  const byName = http({ kind: 'https', host: 'a.example.com', serverName: 'a.example.com', verify: false })

  test.each([
    ['a socket', http()],
    ['fetch', byName],
  ])('%s that the platform refuses changes no state', async (_, action) => {
    const io = workersIo(() => spent, refuse, 'edge')
    const result = await runProbe(probe(action, 'a.example.com'), io)
    expect(result).toEqual({
      outcome: 'not-run',
      why: 'the platform allows no more subrequests in this invocation',
    })
  })

  test('status 526 may mean the certificate', async () => {
    const io = workersIo(
      () => spent,
      async () => new Response(null, { status: 526 }),
      'edge',
    )
    const why = 'status 526, maybe by the certificate: Workers verify it'
    expect(await runProbe(probe(byName, 'a.example.com'), io)).toEqual({ outcome: 'not-run', why })
    const verified = await runProbe(probe({ ...byName, verify: true }, 'a.example.com'), io)
    expect(verified).toMatchObject({ outcome: 'failed', why: 'status 526, expected 200' })
  })

  test('a probe that the platform cannot make is not tried', async () => {
    const io = workersIo(() => spent, refuse, 'edge')
    expect(await runProbe(probe(http(), '10.0.0.1'), io)).toMatchObject({
      outcome: 'not-run',
      why: /no public address/,
    })
  })
})

test('an internal error changes no state', async () => {
  const io = {
    ...nodeIo(),
    connect: () => {
      throw new Error('broken')
    },
  }
  expect(await runProbe(probe(), io)).toEqual({ outcome: 'not-run', why: 'the probe broke: Error: broken' })
})

test('an IPv6 address with its own Host header', async (context) => {
  const server = createServer((socket) => {
    socket.on('data', (request) => socket.end(`HTTP/1.1 200 OK\r\n\r\n${request}`))
  })
  const listens = await new Promise((resolve) => {
    server.once('error', () => resolve(false)).listen(0, '::1', () => resolve(true))
  })
  if (!listens) return context.skip('this machine has no IPv6')
  const { port } = server.address() as AddressInfo
  const action = http({ host: `[::1]:${port}`, body: { contains: `Host: [::1]:${port}\r\n` } })
  const result = await runProbe({ ...probe(action, '::1'), port }, nodeIo())
  server.close()
  expect(result).toMatchObject({ outcome: 'ok' })
})

test('a process ends by itself after a probe: no socket and no timer is left', async () => {
  const one = { name: 'x', serve: (peer: { resume(): unknown }) => peer.resume(), want: { ok: true } } as const
  const servers = await startServers([{ ...one, action: { kind: 'tcp' } }])
  // A timer that was left would keep it for days, and this test with it.
  const fast = probeOf({ ...one, action: { kind: 'tcp' } }, servers.get('x')?.port ?? 0, 1_000_000)
  const late = { ...fast, action: http(), timeout: 0.2 }
  const script = `
    import { nodeIo } from './src/cli/probe-node.ts'
    import { runProbe } from './src/probe/index.ts'
    for (const probe of ${JSON.stringify([fast, late])}) console.log((await runProbe(probe, nodeIo())).outcome)`
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
    expect(stdout).toBe('ok\nfailed\n')
  } finally {
    for (const { stop } of servers.values()) stop()
  }
})
