import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, onTestFinished, test, vi } from 'vitest'
import worker from './bundle/main.ts'
import { base64url, data, decode, EXAMPLE, publish, query, rcodeOf } from './support.ts'

const REFRESH_SECONDS = 30

/** The real KV, with reads counted by key. `broken` makes it fail. */
const reads = new Map<string, number>()
let broken = false
const counted = new Proxy(env.GSLB, {
  get(target, property) {
    const member = Reflect.get(target, property)
    if (typeof member !== 'function') return member
    return (key: unknown, ...rest: unknown[]) => {
      const name = typeof key === 'string' ? key.replace(/^head:.*/, 'head') : String(property)
      reads.set(name, (reads.get(name) ?? 0) + 1)
      if (broken) throw new Error('KV is down')
      return member.call(target, key, ...rest)
    }
  },
})

const testEnv = { ...env, GSLB: counted, REFRESH_SECONDS: String(REFRESH_SECONDS) }

/** Sends one query at a simulated time. The Worker's only clock is Date. */
async function askAt(seconds: number, name: string): Promise<{ rcode: string; data: unknown[] }> {
  vi.setSystemTime(1_700_000_000_000 + seconds * 1000)
  const context = createExecutionContext()
  const url = `https://gslb.test/dns-query?dns=${base64url(query(name))}`
  const request = new Request(url, { headers: { 'CF-Connecting-IP': '203.0.113.7' } })
  const response = await worker.fetch(request as Request<unknown, IncomingRequestCfProperties>, testEnv, context)
  await waitOnExecutionContext(context)
  const reply = await decode(response)
  return { rcode: rcodeOf(reply), data: data(reply) }
}

const OTHER = { ...EXAMPLE, origin: 'other.example' }
const withAddress = (address: string) => ({ ...EXAMPLE, records: { ns: { A: address } } })
const readsOf = (key: string): number => reads.get(key) ?? 0
const allReads = (): number => [...reads.values()].reduce((sum, count) => sum + count, 0)

// One test in order, since all steps share the isolate's snapshot.
test('the snapshot reads what it needs from the first query on, and follows KV', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  await publish(EXAMPLE, OTHER)

  // The first query reads the catalog and its zone only.
  expect((await askAt(0, 'ns.example.com')).data).toEqual(['192.168.56.1'])
  expect(Object.fromEntries(reads)).toEqual({ catalog: 1, head: 1 })

  // A flood of names outside the zones costs no read of any kind within the interval.
  for (let i = 0; i < 300; i++) expect((await askAt(1, `r${i}.flood${i}.example`)).rcode).toBe('REFUSED')
  expect(allReads()).toBe(2)

  // Random names inside a zone cost none either.
  for (let i = 0; i < 100; i++) expect((await askAt(2, `r${i}.example.com`)).rcode).toBe('NXDOMAIN')
  expect(allReads()).toBe(2)

  // A steady stream reads only the catalog, at most once an interval. Ten minutes are 20 intervals.
  reads.clear()
  for (let seconds = 3; seconds < 603; seconds++) await askAt(seconds, 'ns.example.com')
  expect(readsOf('catalog')).toBeGreaterThan(15)
  expect(readsOf('catalog')).toBeLessThanOrEqual(20)
  expect(allReads()).toBe(readsOf('catalog'))

  // A change shows: behind the answer at first, then in it.
  await publish(withAddress('192.0.2.1'), OTHER)
  await askAt(635, 'ns.example.com')
  expect((await askAt(636, 'ns.example.com')).data).toEqual(['192.0.2.1'])

  // After a silence longer than two intervals the first answer is already the new one.
  await publish(withAddress('192.0.2.2'), OTHER)
  expect((await askAt(3600, 'ns.example.com')).data).toEqual(['192.0.2.2'])

  // An isolate ignores a document that is put by hand until the cron has validated it.
  const error = vi.spyOn(console, 'error').mockImplementation(() => {})
  onTestFinished(() => error.mockRestore())
  let now = 3700
  for (const bad of ['{', '{"origin":"example.com"}', JSON.stringify({ ...EXAMPLE, origin: 'example.net' })]) {
    await env.GSLB.put('zone:example.com', bad)
    now += 100
    expect((await askAt(now, 'ns.example.com')).data).toEqual(['192.0.2.2'])
  }
  expect(error).not.toHaveBeenCalled()
  // The same applies to a missing zone or catalog, and to KV that fails.
  await env.GSLB.delete('zone:example.com')
  expect((await askAt(now + 100, 'ns.example.com')).data).toEqual(['192.0.2.2'])
  await env.GSLB.delete('catalog')
  expect((await askAt(now + 200, 'ns.example.com')).data).toEqual(['192.0.2.2'])
  broken = true
  expect((await askAt(now + 300, 'ns.example.com')).data).toEqual(['192.0.2.2'])
  // A zone that was never loaded is answered with SERVFAIL, not NXDOMAIN.
  expect((await askAt(now + 301, 'ns.other.example')).rcode).toBe('SERVFAIL')
  broken = false

  // A zone taken out of the catalog is refused; back in it answers again.
  await env.GSLB.put('catalog', '{"zones":{}}')
  await askAt(now + 400, 'ns.example.com')
  expect((await askAt(now + 401, 'ns.example.com')).rcode).toBe('REFUSED')
  await publish(EXAMPLE)
  await askAt(now + 500, 'ns.example.com')
  expect((await askAt(now + 501, 'ns.example.com')).data).toEqual(['192.168.56.1'])
})
