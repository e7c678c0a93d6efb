import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { unwrapKey } from '../../../src/dnssec/index.ts'
import { exportKeys } from '../../../src/zone-keys/index.ts'
import { zoneOf } from '../store/kv-memory.ts'
import { must } from '../support.ts'
import { ApiBench, KEY } from './powerdns-support.ts'

const SECRET = 'a secret of forty characters, for tests!'
const ORIGIN = 'example.com.'
const KEYS = `/api/v1/servers/localhost/zones/${ORIGIN}/cryptokeys`
const OWN = '/api/v1/zones/example.com/dnssec'

let bench: ApiBench
/** The texts of all replies, and the lines of the log. */
let seen: string[]

beforeEach(async () => {
  bench = new ApiBench()
  seen = []
  for (const method of ['log', 'warn', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((...line) => void seen.push(line.join(' ')))
  }
  await bench.zone(ORIGIN).put(zoneOf('example.com', 1))
  await bench.zone(ORIGIN).pass(10_000)
})
afterEach(() => {
  vi.restoreAllMocks()
})

async function ask(method: string, path: string, body?: unknown, key = KEY) {
  const headers = { 'X-API-Key': key, 'Content-Type': 'application/json' }
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const reply = await bench.fetch(path, { method, headers, ...(body !== undefined && { body: text }) })
  const content = await reply.text()
  seen.push(content)
  return { status: reply.status, body: content === '' ? undefined : JSON.parse(content) }
}

describe("PowerDNS's cryptokeys", () => {
  test('are none for a zone that is not signed, and 404 for none', async () => {
    expect(await ask('GET', KEYS)).toEqual({ status: 200, body: [] })
    expect((await ask('GET', `${KEYS}/1`)).status).toBe(404)
    expect((await ask('GET', KEYS.replace('example.com', 'other.example'))).status).toBe(404)
    expect((await ask('POST', KEYS.replace('example.com', 'other.example'), { keytype: 'csk' })).status).toBe(404)
  })

  test('are made, shown, changed and deleted', async () => {
    const made = await ask('POST', KEYS, { keytype: 'csk', active: true, published: true })
    expect(made.status).toBe(201)
    expect(Object.keys(made.body)).toEqual(
      'active algorithm bits cds dnskey ds flags id keytype published type'.split(' '),
    )
    expect(made.body).toMatchObject({ keytype: 'csk', flags: 257, algorithm: 'ECDSAP256SHA256', bits: 256, id: 1 })
    expect(made.body.dnskey).toMatch(/^257 3 13 [\w+/=]+$/)
    expect(made.body.ds).toHaveLength(2)
    expect(made.body.cds).toEqual(made.body.ds.slice(0, 1))
    const zsk = await ask('POST', KEYS, { keytype: 'ZSK', algorithm: 'ed25519', published: true })
    expect(zsk.body).toMatchObject({ keytype: 'zsk', flags: 256, algorithm: 'ED25519', active: false })
    expect(zsk.body.ds).toBeUndefined()
    expect((await ask('GET', `${KEYS}/1`)).body.keytype).toBe('ksk')
    expect((await ask('PUT', `${KEYS}/2`, { active: true })).status).toBe(204)
    expect((await ask('GET', KEYS)).body).toMatchObject([{ id: 1 }, { id: 2, active: true }])
    expect((await ask('PUT', `${KEYS}/1`, { active: false })).status).toBe(422)
    expect((await ask('DELETE', `${KEYS}/2`)).status).toBe(204)
    expect((await ask('DELETE', `${KEYS}/1`)).status).toBe(204)
    expect((await ask('GET', KEYS)).body).toEqual([])
  })

  test.each([
    [{}, /keytype/],
    [{ keytype: 'x' }, /keytype/],
    [{ keytype: 'csk', active: 'yes' }, /active/],
    [{ keytype: 'csk', algorithm: 'rsasha256' }, /ecdsap256sha256/],
    [{ keytype: 'csk', content: 'no key' }, /Private-key-format/],
    [{ keytype: 'csk', content: 5 }, /content/],
    [{ dnskey: '256 3 13' }, /DNSKEY/],
  ])('of %j are refused', async (body, error) => {
    expect(await ask('POST', KEYS, body)).toMatchObject({ status: 422, body: { error: expect.stringMatching(error) } })
  })

  test('want a key of the API that may write the zone', async () => {
    const reader = await bench.key('reader', 'read')
    expect((await ask('GET', KEYS, undefined, reader)).status).toBe(200)
    expect((await ask('POST', KEYS, { keytype: 'csk' }, reader)).status).toBe(403)
    expect((await ask('POST', OWN, { kind: 'enable' }, reader)).status).toBe(403)
  })

  test('a zone is made signed, or not at all; its keys do not go with a setting', async () => {
    const zones = '/api/v1/servers/localhost/zones'
    const body = { name: 'new.example.', kind: 'Native', nameservers: ['ns.new.example.'], dnssec: true }
    bench.zone('new.example.').secret = undefined
    expect((await ask('POST', zones, body)).status).toBe(422)
    expect((await ask('GET', `${zones}/new.example.`)).status).toBe(404)
    bench.zone('new.example.').secret = SECRET
    bench.zone('new.example.').restart()
    expect(await ask('POST', zones, body)).toMatchObject({ status: 201, body: { dnssec: true } })
    expect(await ask('PUT', `${zones}/new.example.`, { dnssec: false })).toMatchObject({ status: 422 })
    expect(await ask('PUT', `${zones}/new.example.`, { dnssec: true, account: 'me' })).toMatchObject({ status: 204 })
    expect(await ask('PUT', `${zones}/${ORIGIN}`, { dnssec: true })).toMatchObject({ status: 204 })
    expect(await ask('GET', `${zones}?zone=${ORIGIN}`)).toMatchObject({ body: [{ dnssec: true }] })
  })
})

describe('our own routes', () => {
  test('show and change keys, and say when a step is too early', async () => {
    expect(await ask('GET', OWN)).toMatchObject({ status: 200, body: { zone: ORIGIN, enabled: false } })
    expect(await ask('POST', OWN, { kind: 'enable', isSplit: true })).toMatchObject({
      ...{ status: 200, body: { published: true, told: expect.any(Array) } },
    })
    expect((await ask('POST', OWN, { kind: 'rollover' })).body.status.next).toMatchObject({ stage: 'publish-zsk' })
    expect(await ask('POST', OWN, { kind: 'rollover' })).toMatchObject({
      ...{ status: 409, body: { detail: expect.stringContaining('safe from') } },
    })
    expect((await ask('POST', OWN, { kind: 'cancel' })).body.status.keys).toHaveLength(2)
    expect((await ask('POST', OWN.replace('.com', '.net'), { kind: 'enable' })).status).toBe(404)
    expect((await ask('GET', OWN.replace('.com', '.net'))).status).toBe(404)
  })

  test('say that keys in KV are damaged, and remove them by force alone', async () => {
    await ask('POST', OWN, { kind: 'enable' })
    await bench.zone(ORIGIN).pass(200_000)
    const stored = bench.kv.values.get('dnssec:example.com')
    if (!stored) throw new Error('no keys')
    for (const value of ['{"version":1', '[]', JSON.stringify({ ...JSON.parse(String(stored.value)), keys: [{}] })]) {
      bench.kv.values.set('dnssec:example.com', { ...stored, value })
      for (const change of [{ kind: 'rollover' }, { kind: 'disable' }, { kind: 'enable' }]) {
        expect(await ask('POST', OWN, change)).toMatchObject({
          ...{ status: 409, body: { detail: expect.stringContaining('disable --force') } },
        })
      }
      expect((await ask('GET', OWN)).status).toBeGreaterThanOrEqual(500)
    }
    expect((await ask('POST', OWN, { kind: 'disable', isForced: true })).body.told.join()).toContain('damaged keys')
    expect(await ask('GET', OWN)).toMatchObject({ status: 200, body: { enabled: false } })
    expect((await ask('POST', OWN, { kind: 'enable' })).status).toBe(200)
  })

  test('ask the parent for its DS', async () => {
    await ask('POST', OWN, { kind: 'enable' })
    bench.zone(ORIGIN).parent = [{ tag: 1, algorithm: 13, digestType: 2, digest: 'AA' }]
    expect((await ask('GET', OWN)).body.warnings).toEqual([expect.stringContaining('matches no key')])
  })

  test.each([
    ['{', /not JSON/],
    [{ kind: 'no' }, /kind/],
    [{ kind: 'enable', algorithm: 8 }, /13 \(ECDSAP256SHA256\)/],
    [{ kind: 'import', text: 'x'.repeat(5000) }, /at most 4096/],
    [{ kind: 'remove', id: 'x' }, /number of a key/],
  ])('refuse %j', async (body, detail) => {
    expect(await ask('POST', OWN, body)).toMatchObject({ status: 422, body: { detail: expect.stringMatching(detail) } })
  })
})

test('private keys are in no reply, no log, and not in KV in the clear, whatever is asked', async () => {
  await ask('POST', OWN, { kind: 'enable', isSplit: true })
  const imported =
    'Private-key-format: v1.2\nAlgorithm: 15 (ED25519)\nPrivateKey: ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=\n'
  await ask('POST', KEYS, { keytype: 'zsk', content: imported })
  await ask('POST', KEYS, { keytype: 'zsk', content: imported.replace('15 (ED25519)', '13') })
  await ask('POST', KEYS, `{"keytype":"zsk","content":${JSON.stringify(imported)}`)
  await ask('POST', OWN, JSON.stringify({ kind: 'import', text: imported }).slice(0, -1))
  await ask('POST', OWN, { kind: 'import', text: imported, flags: 5 })
  await ask('POST', OWN, { kind: 'rollover' })
  await ask('POST', OWN, { kind: 'rollover' })
  await ask('POST', OWN, { kind: 'rollover', isForced: true })
  for (const path of [
    KEYS,
    `${KEYS}/1`,
    `${KEYS}/3`,
    OWN,
    '/api/v1/zones/example.com/history',
    '/api/v1/zones/example.com',
  ])
    await ask('GET', path)
  await ask('DELETE', `${KEYS}/1`)
  bench.zone(ORIGIN).secret = `${SECRET} of another`
  bench.zone(ORIGIN).restart()
  await ask('POST', OWN, { kind: 'rollover', isForced: true })
  await ask('POST', KEYS, { keytype: 'zsk', content: imported })
  const set = await bench.zone(ORIGIN).keys.keySet()
  if (!set) throw new Error('no keys')
  const secrets: Uint8Array[] = [new TextEncoder().encode(SECRET)]
  for (const key of set.keys) {
    if (key.wrapped) secrets.push(must(await unwrapKey(SECRET, { origin: 'example.com', ...key }, key.wrapped)))
  }
  for (const { text } of must(await exportKeys(set, SECRET, 'powerdns'))) {
    secrets.push(Buffer.from(/PrivateKey: (\S+)/.exec(text)?.[1] ?? '', 'base64'))
  }
  expect(secrets.length).toBeGreaterThan(6)
  const values = [...bench.kv.values.values()].map(({ value, metadata }) =>
    [typeof value === 'string' ? value : Buffer.from(value).toString('latin1'), JSON.stringify(metadata)].join(),
  )
  const all = [...seen, ...values].join('\n')
  expect(all).toContain('"wrapped"')
  expect(seen.join()).not.toContain('wrapped')
  for (const secret of secrets) {
    const octets = Buffer.from(secret)
    for (const form of ['latin1', 'base64', 'base64url', 'hex'] as const) {
      const text = octets.toString(form).replace(/=+$/, '')
      for (const spelled of [text, text.toUpperCase()]) expect(all.includes(spelled), `${form} of a secret`).toBe(false)
    }
  }
})
