import { describe, expect, test } from 'vitest'
import { planCommand } from '../../../../src/cli/plan/plan.ts'
import { sourcesFor } from '../../../../src/cli/plan/sources.ts'
import type { Plan } from '../../../../src/explain/index.ts'
import { MAX_API_PLAN_ZONES } from '../../../../src/limits.ts'
import { ok } from '../../../../src/result.ts'
import { folderWith, recorder } from '../../cli/support.ts'
import { zoneOf } from '../../store/kv-memory.ts'
import { Served } from './support.ts'

const weights = (one: number, two: number) => ({
  kind: 'weighted',
  members: [
    { weight: one, answer: '192.0.2.1' },
    { weight: two, answer: '192.0.2.2' },
  ],
})
const POOL = (second: string) => ({
  kind: 'pool',
  check: { kind: 'tcp', port: 80 },
  select: 'first',
  members: [{ answer: '192.0.2.1' }, { answer: second }],
})
const VIEW = (inside: string) => ({
  kind: 'view',
  rules: [
    { networks: ['10.0.0.0/8'], answer: inside },
    { networks: ['0.0.0.0/0', '::/0'], answer: '192.0.2.9' },
  ],
})
const BEFORE = zoneOf('one.example', 1, {
  random: { A: weights(1, 2) },
  view: { A: VIEW('192.0.2.1') },
  pool: { A: POOL('192.0.2.2') },
  alias: { ALIAS: 'www.two.example.' },
  gone: { TXT: '"x"' },
})
const AFTER = zoneOf('one.example', 3, {
  random: { A: weights(1, 100) },
  view: { A: VIEW('192.0.2.3') },
  pool: { A: POOL('192.0.2.4') },
  alias: { ALIAS: 'new.two.example.' },
  added: { AAAA: '2001:db8::1' },
})
const TWO = zoneOf('two.example', 2, { new: { A: '192.0.2.77' } })

const plan = async (served: Served, body: unknown) => served.post('/api/v1/plan', body)

/** The command's plan of the same zones. */
async function commandSays(served: Served, files: Record<string, unknown>, whatIf = { up: [], down: [] as string[] }) {
  const texts = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, JSON.stringify(file)]))
  const console = recorder()
  const sources = { open: async () => ok(served.kv.commands), ...sourcesFor({ now: 0 }) }
  await planCommand([folderWith(texts)], { prune: false, form: 'json', whatIf }, sources, console)
  return JSON.parse(console.stdout.join('\n')) as Plan
}

describe('POST /api/v1/plan', () => {
  test('gives the JSON of plan --json, with walks into zones that do not change', async () => {
    const served = await Served.with(BEFORE, TWO)
    const expected = await commandSays(served, { 'one.example.json': AFTER })
    expect(expected.changes.map(({ name, type, change, health }) => [name, type, change, health ?? ''])).toEqual([
      ['added.one.example.', 'AAAA', 'added', ''],
      ['alias.one.example.', 'A', 'changed', ''],
      ['gone.one.example.', 'TXT', 'removed', ''],
      ['pool.one.example.', 'A', 'changed', expect.stringContaining('is down')],
      ['random.one.example.', 'A', 'changed', ''],
      ['view.one.example.', 'A', 'changed', ''],
      ['www.one.example.', 'A', 'changed', ''],
    ])
    expect(await plan(served, { zones: { 'one.example': { document: AFTER } } })).toMatchObject({
      ...{ status: 200, body: expected },
    })
    expect(await plan(served, { zones: { 'ONE.example.': { document: BEFORE } } })).toMatchObject({
      ...{ status: 200, body: { changes: [], serials: [], cut: false } },
    })
  })

  test('a zone file, a new zone, and a zone that goes', async () => {
    const served = await Served.with(BEFORE, TWO)
    const zoneFile = '$TTL 300\n@ IN SOA ns root 2 3600 900 604800 60\n@ IN NS ns\nns IN A 192.0.2.53\n'
    const { status, body } = await plan(served, { zones: { 'new.example': { zoneFile }, 'two.example': null } })
    const { changes, serials } = body as Plan
    expect(status).toBe(200)
    expect(changes.map(({ name, type, change }) => `${name} ${type} ${change}`).toSorted()).toEqual(
      [
        ...['new.example. NS added', 'new.example. SOA added', 'ns.new.example. A added'],
        ...['new.two.example. A removed', 'two.example. SOA removed', 'www.two.example. A removed'],
      ].toSorted(),
    )
    expect(serials).toEqual([
      { zone: 'two.example.', before: 2, after: null },
      { zone: 'new.example.', before: null, after: 2 },
    ])
  })

  test('supposed states, and the present ones', async () => {
    const served = await Served.with(BEFORE, TWO)
    const after = { ...BEFORE, records: { ...BEFORE.records, pool: { A: POOL('192.0.2.4') } } }
    const down = ['192.0.2.1']
    const expected = await commandSays(served, { 'one.example.json': after }, { up: [], down })
    expect(expected.changes[0]).not.toHaveProperty('health')
    expect(await plan(served, { zones: { 'one.example': { document: after } }, down })).toMatchObject({
      body: expected,
    })
    const overrides = [{ target: '192.0.2.1', force: 'down', by: 'ops', why: 'work' }]
    const other = await Served.with(BEFORE, TWO)
    other.kv.values.set('overrides', { value: JSON.stringify({ overrides }), metadata: null })
    const current = await plan(other, { zones: { 'one.example': { document: after } }, health: 'current' })
    expect(current.body).toEqual(expected)
  })

  test('errors have places: of a document in the request, of a zone file in the file', async () => {
    const served = await Served.with(BEFORE)
    const document = zoneOf('one.example', 2, { bad: { A: '192.0.2.300' } })
    const text = JSON.stringify(
      { zones: { 'one.example': { document }, 'x.example': { zoneFile: 'www IN A 1\n' } } },
      null,
      1,
    )
    const { status, body, headers } = await plan(served, text)
    const { errors } = body as { errors: { line: number; zone: string; message: string }[] }
    expect([status, headers.get('content-type')]).toEqual([422, 'application/problem+json'])
    expect(text.split('\n')[(errors[0]?.line ?? 0) - 1]).toContain('192.0.2.300')
    expect(errors.map(({ zone, line }) => [zone, line > 1])).toEqual([
      ['one.example.', true],
      ['x.example.', false],
      ['x.example.', false],
    ])
    const other = await plan(served, { zones: { 'one.example': { document: TWO } } })
    expect(other).toMatchObject({
      status: 422,
      body: { errors: [{ message: 'the zone is two.example.', expected: 'one.example.' }] },
    })
  })

  test.each([
    ['[]', 422, 'expected'],
    ['{', 422, 'JSON'],
    ['{"zones":[]}', 422, 'zones'],
    ['{"zones":{"a..b":null}}', 422, '"a..b" is not a zone'],
    ['{"zones":{"a":null,"A.":null}}', 422, 'there twice'],
    ['{"zones":{"a":{"zoneFile":5}}}', 422, 'expected the text of a zone file'],
    ['{"zones":{"a":{}}}', 422, 'document'],
    ['{"zones":{"a":7}}', 422, 'zoneFile'],
    ['{"zones":{},"extra":1}', 422, 'unknown field "extra"'],
    ['{"zones":{},"health":"bad"}', 422, 'unprobed'],
    ['{"zones":{"__proto__":{"zoneFile":""}}}', 422, '__proto__'],
    [
      JSON.stringify({ zones: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`z${i}`, null])) }),
      422,
      `at most ${MAX_API_PLAN_ZONES}`,
    ],
  ])('%s is a problem', async (text, status, detail) => {
    const served = await Served.with(BEFORE)
    const found = await plan(served, text)
    expect(found.status).toBe(status)
    expect(JSON.stringify(found.body)).toContain(detail.replaceAll('"', '\\"'))
  })

  test('a key has to be allowed to read each zone; a fault of a ledger is no plan', async () => {
    const served = await Served.with(BEFORE, TWO)
    served.refusal = (operation) => ('origin' in operation && operation.origin === 'two.example.' ? 'no' : undefined)
    expect((await plan(served, { zones: { 'one.example': null } })).status).toBe(200)
    expect((await plan(served, { zones: { 'one.example': null, 'two.example': null } })).status).toBe(403)
    served.refusal = () => undefined
    served.kv.before = () => Promise.reject(new Error('KV is down'))
    const alone = await Served.with(BEFORE, TWO)
    alone.kv.before = () => Promise.reject(new Error('KV is down'))
    expect((await plan(alone, { zones: { 'one.example': null } })).status).toBe(503)
  })

  test('a plan lists so many networks, and counts the others', async () => {
    const networks = Array.from({ length: 1000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`)
    const many = (offset: number) =>
      Object.fromEntries(
        Array.from({ length: 12 }, (_, n) => [
          `n${n}`,
          {
            A: {
              kind: 'view',
              rules: networks.map((network, i) => ({ networks: [network], answer: `192.0.2.${(i + offset) % 250}` })),
            },
          },
        ]),
      )
    const served = await Served.with(zoneOf('one.example', 1, { small: { A: '192.0.2.1' } }))
    const { status, body } = await plan(served, {
      zones: { 'one.example': { document: zoneOf('one.example', 2, many(1)) } },
    })
    const { changes } = body as Plan
    const listed = changes.reduce((sum, { networks: own }) => sum + own.length, 0)
    expect([status, listed]).toEqual([200, 10_000])
    expect(changes.some(({ more }) => more !== undefined)).toBe(true)
  })
})
