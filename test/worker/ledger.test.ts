import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import packet from 'dns-packet'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { NO_HEALTH } from '../../src/health/index.ts'
import type { Change, Changed, LedgerCalls } from '../../src/ledger/index.ts'
import { inOneDeadline, Snapshot } from '../../src/store/index.ts'
import type { Env } from '../../src/worker/env.ts'
import { ledgerObject } from '../../src/worker/ledger-object.ts'
import { ledgersFor } from '../../src/worker/ledgers.ts'
import { answer, type Zones } from '../../src/zone/index.ts'
import { eventually } from '../eventually.ts'
import './deadlines.ts'
import { data, query, rcodeOf } from './support.ts'

// A zone's ledger in its Durable Object, from the change to the answer. Each test has a zone of its own: objects stay.

const testEnv = env as unknown as Env
const ME = { author: 'me', reason: 'a test' }

let zones = 0
let origin = ''
let ledger: LedgerCalls

beforeEach(() => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
  origin = `z${++zones}.example.`
  ledger = ledgersFor(testEnv).zone(origin)
})
afterEach(() => {
  vi.restoreAllMocks()
})

const key = (): string => `zone:${origin.slice(0, -1)}`

const zone = (serial: number, records: object = {}) => ({
  origin,
  ttl: 60,
  soa: { mname: 'ns', rname: 'root', serial, refresh: 3600, retry: 900, expire: 604_800, minimum: 60 },
  records: { www: { A: `192.0.2.${serial}` }, ...records },
})

const put = (document: object): Promise<Changed> =>
  ledger.change({ kind: 'document', text: JSON.stringify(document) }, ME)

const patch = (name: string, content: string): Change => ({
  kind: 'patch',
  body: {
    rrsets: [{ name: `${name}.${origin}`, type: 'A', ttl: 60, changetype: 'REPLACE', records: [{ content }] }],
  },
})

/** The addresses that an isolate that begins now answers with, or the rcode. It takes no module anew, as objects refuse. */
async function ask(name: string): Promise<string> {
  const behind: Promise<unknown>[] = []
  const waitUntil = (work: Promise<unknown>) => void behind.push(work)
  const now = Date.now()
  const options = { refreshMs: 1000, vantages: [], platform: 'edge', clock: Date.now, log: () => {} } as const
  const snapshot = new Snapshot(env.GSLB, options)
  const connection = { family: 1, bytes: Uint8Array.of(203, 0, 113, 7) } as const
  const sources = { connection, health: NO_HEALTH, random: () => 0, identity: '' }
  const message = query(`${name}.${origin.slice(0, -1)}`)
  const asking = { snapshot, ask: (zones: Zones) => answer(message, { ...sources, zones }), now, waitUntil }
  const answered = await inOneDeadline(asking, snapshot.prepare(now, waitUntil))
  await Promise.all(behind)
  if (answered.kind !== 'reply') throw new Error(answered.kind)
  const reply = packet.decode(Buffer.from(answered.message))
  return data(reply).map(String).sort().join(' ') || rcodeOf(reply)
}

const published = (id: number): Promise<void> =>
  eventually(async () => {
    const version = (await ledger.history()).find((one) => one.id === id)
    expect(version?.published).toBeDefined()
  })

describe('a zone in its Durable Object', () => {
  test('is changed, published, answered and listed', async () => {
    expect(await put(zone(1))).toMatchObject({ kind: 'changed', isNew: true, version: { id: 1, serial: 1 } })
    await published(1)
    expect(await env.GSLB.get(key())).toBe(JSON.stringify(zone(1)))
    expect(await ask('www')).toBe('192.0.2.1')
    const listed = (await ledgersFor(testEnv).list()).find((one) => one.origin === origin)
    expect(listed).toMatchObject({ serial: 1, author: 'me', kind: 'Native', account: '' })
    expect(await ledger.past(1)).toMatchObject({ before: null, after: JSON.stringify(zone(1)) })
  })

  test('takes 100 concurrent changes of different names, and KV and answers have all of them', async () => {
    await put(zone(1))
    const names = Array.from({ length: 100 }, (_, i) => `h${i}`)
    const changed = await Promise.all(names.map((name, i) => ledger.change(patch(name, `198.51.100.${i}`), ME)))
    expect(changed.filter(({ kind }) => kind === 'changed')).toHaveLength(100)
    const ids = changed.map((one) => (one.kind === 'changed' ? one.version.id : 0))
    expect(new Set(ids).size).toBe(100)
    await published(101)
    const { records } = JSON.parse((await env.GSLB.get(key())) ?? '')
    expect(Object.keys(records)).toHaveLength(101)
    for (const [i, name] of names.entries()) expect(await ask(name)).toBe(`198.51.100.${i}`)
    expect(await ledger.history()).toHaveLength(101)
  })

  test('refuses a stale If-Match, and says what is there', async () => {
    const first = await put(zone(1))
    if (first.kind !== 'changed') throw new Error(first.error)
    const ifMatch = [first.version.hash]
    expect(await ledger.change(patch('a', '192.0.2.7'), ME, { ifMatch })).toMatchObject({ kind: 'changed' })
    expect(await ledger.change(patch('b', '192.0.2.8'), ME, { ifMatch })).toMatchObject({ status: 412 })
    await published(2)
    expect(await ask('a')).toBe('192.0.2.7')
    expect(await ask('b')).toBe('NXDOMAIN')
  })

  test('survives an eviction between a change and its publication', async () => {
    await put(zone(1))
    await published(1)
    const { put: write } = env.GSLB
    const failing = vi.spyOn(env.GSLB, 'put').mockRejectedValue(new Error('KV is down'))
    const changed = await put(zone(2))
    failing.mockRestore()
    expect(env.GSLB.put).toBe(write)
    expect(changed).toMatchObject({ kind: 'changed', version: { id: 2 } })
    await evictDurableObject(ledgerObject(testEnv, origin))
    expect((await ledger.read())?.version).toMatchObject({ id: 2, serial: 2 })
    await runDurableObjectAlarm(ledgerObject(testEnv, origin))
    await published(2)
    expect(await ask('www')).toBe('192.0.2.2')
  })

  test('takes in what is put into KV by hand', async () => {
    await put(zone(1))
    await published(1)
    await env.GSLB.put(key(), JSON.stringify(zone(9)))
    expect(await ledger.notice()).toEqual({ kind: 'adopted' })
    await published(2)
    expect(await ask('www')).toBe('192.0.2.9')
    expect((await ledger.history()).map(({ author }) => author)).toEqual(['kv', 'me'])
  })

  test('is deleted, and comes back', async () => {
    await put(zone(1))
    await published(1)
    expect(await ledger.change({ kind: 'delete' }, ME)).toMatchObject({ version: { hash: '' } })
    await published(2)
    expect(await env.GSLB.get(key())).toBeNull()
    expect(await ask('www')).toBe('REFUSED')
    expect((await ledgersFor(testEnv).list()).some((one) => one.origin === origin)).toBe(false)
    await ledger.change({ kind: 'rollback', to: 1 }, ME)
    await published(3)
    expect(await ask('www')).toBe('192.0.2.1')
  })

  test('of which nobody knows has nothing stored', async () => {
    expect(await ledger.read()).toBeUndefined()
    expect(await ledger.history()).toEqual([])
    expect(await ledger.past(1)).toBeUndefined()
    expect(await ledger.change(patch('a', '192.0.2.7'), ME)).toMatchObject({ kind: 'refused', status: 404 })
  })
})
