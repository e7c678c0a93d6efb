import { describe, expect, test } from 'vitest'
import { fractionOf, percentText } from '../../../src/console/model/share.ts'
import type { Visit } from '../../../src/console/visit.ts'
import { Diff, diffOf } from '../../../src/console/zone/diff.tsx'
import { isTag, reasonIn, send, textIn, usualForm } from '../../../src/console/zone/editing.ts'
import { ownerOf } from '../../../src/console/zone/facts.ts'
import { absolute, apiPath, shortOrigin, zoneIn, zonePath } from '../../../src/console/zone/paths.ts'
import { PlanPicture } from '../../../src/console/zone/plan.tsx'
import { mappedIn } from '../../../src/console/zone/plan-map.tsx'
import { rowOf } from '../../../src/console/zone/row.ts'
import { Tree } from '../../../src/console/zone/tree.tsx'
import type { Change, DrawnNode, Plan } from '../../../src/explain/index.ts'
import { MAX_CONSOLE_DIFF_LINES, MAX_CONSOLE_PLAN_CHANGES, MAX_CONSOLE_PLAN_MAPS } from '../../../src/limits.ts'
import { zoneOf } from '../store/kv-memory.ts'

const MARKUP = '<script>alert(1)</script>'
const plainOf = (html: unknown): string =>
  String(html)
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')

test('zones are in paths as the API reads them: a slash is encoded, and the root is =2E', () => {
  expect(zonePath('0/25.2.0.192.in-addr.arpa', 'history', '3')).toBe(
    '/console/zones/0%2F25.2.0.192.in-addr.arpa/history/3',
  )
  expect([zonePath('.'), apiPath('.', 'check')]).toEqual(['/console/zones/=2E', '/api/v1/zones/=2E/check'])
  expect([zoneIn('=2E'), zoneIn('example.com')]).toEqual(['.', 'example.com'])
  expect([absolute('.'), absolute('Example.com')]).toEqual(['.', 'example.com.'])
  expect([shortOrigin('example.com.'), shortOrigin('.')]).toEqual(['example.com', '.'])
})

test.each([
  ['publish', 'a file', true],
  ['kv', 'a document that somebody put into KV', false],
  ['alice', 'the API, by alice', false],
])('a version of %s is owned by %s', (author, word, isWarned) => {
  const owner = ownerOf({ id: 1, time: null, author, reason: null, serial: 1, hash: 'a' })
  expect(owner.word).toContain(word)
  expect(owner.advice !== undefined).toBe(isWarned)
})

describe('a form', () => {
  test('has the text as it was typed, and a reason of one line', () => {
    const form = new URLSearchParams({ text: 'a\r\nb\r\n', reason: ` one\r\ntwo${'x'.repeat(600)}` })
    expect(textIn(form, 'text')).toBe('a\nb\n')
    expect(reasonIn(form)).toMatch(/^one two/)
    expect(reasonIn(form).length).toBe(500)
  })

  test('goes out from a version by its tag, and no other text is one', () => {
    expect(isTag(`"${'a'.repeat(64)}"`)).toBe(true)
    for (const text of ['', '""', 'a', '"a', '"a","b"', '*', 'W/"a"', '"a\n"'])
      expect([text, isTag(text)]).toEqual([text, false])
  })

  test('proposes JSON for what a zone file does not hold', () => {
    const plain = zoneOf('one.example', 1, { www: { A: '192.0.2.1' } })
    const form = (more: object) => usualForm({ ...plain, ...more } as never)
    expect(form({})).toBe('zone')
    expect(form({ records: { www: { A: { kind: 'random', of: ['192.0.2.1', '192.0.2.2'] } } } })).toBe('zone')
    expect(form({ checks: { web: { kind: 'tcp', port: 80 } } })).toBe('json')
    expect(form({ records: { www: { A: { ttl: [5, 60], answer: '192.0.2.1' } } } })).toBe('json')
    expect(form({ access: { token: true } })).toBe('json')
  })
})

describe('a difference', () => {
  test('tells lines by sign and element, as text', () => {
    const html = String(Diff({ diff: diffOf('a\nb\n', `a\n${MARKUP}\n`), label: 'x' }))
    expect(html).toContain('<del>-b\n</del>')
    expect(html).toContain('<ins>+&lt;script&gt;')
    expect(html).not.toContain('<script')
  })

  test('is bounded, and says so when it is too large or nothing', () => {
    const lines = Array.from({ length: MAX_CONSOLE_DIFF_LINES + 50 }, (_, i) => `line ${i}`).join('\n')
    expect(plainOf(Diff({ diff: diffOf('', lines), label: 'x' }))).toMatch(/… and \d+ more lines/)
    expect(plainOf(Diff({ diff: null, label: 'x' }))).toContain('too many differences')
    expect(plainOf(Diff({ diff: diffOf('a\n', 'a\n'), label: 'x' }))).toContain('There is no difference.')
    const other = Array.from({ length: 5000 }, (_, i) => `${i} ${i}`)
    expect(diffOf(other.join('\n'), other.toReversed().join('\n'))).toBeNull()
  })
})

describe('a plan', () => {
  const changeOf = (more: Partial<Change> = {}): Change => ({
    ...{ name: 'www.one.example.', type: 'A', change: 'changed', share: { ipv4: 0.5 }, ttl: { before: 60, after: 30 } },
    networks: [
      {
        prefix: '0.0.0.0/1',
        before: [{ data: '192.0.2.1', probability: '1' }],
        after: [
          { data: '192.0.2.1', probability: '1/3' },
          { data: MARKUP, probability: '2/3' },
        ],
      },
    ],
    ...more,
  })
  const planOf = (...changes: Change[]): Plan => ({ changes, serials: [], cut: false })

  test('shows who gets what before and after', () => {
    const text = plainOf(PlanPicture({ plan: planOf(changeOf()) }))
    for (const part of [
      '1 changed',
      '50 %',
      '60 s → 30 s',
      '0.0.0.0/1',
      '192.0.2.1 100 % 33.33 %',
      '0 % 66.67 %',
      '&lt;script&gt;',
    ])
      expect(text).toContain(part)
  })

  test('joins networks that see the same, and calls all of both families everyone', () => {
    const [network] = changeOf().networks
    const networks = ['0.0.0.0/0', '::/0'].map((prefix) => ({ ...network, prefix }) as Change['networks'][number])
    const text = plainOf(PlanPicture({ plan: planOf(changeOf({ networks, share: { ipv4: 1 } })) }))
    expect(text.match(/Everyone/g)?.length).toBe(1)
  })

  test('is bounded, and says what is left out, or not compared', () => {
    const many = Array.from({ length: MAX_CONSOLE_PLAN_CHANGES + 7 }, (_, i) =>
      changeOf({ name: `h${i}.one.example.` }),
    )
    const plan = { ...planOf(...many), cut: true }
    const text = plainOf(PlanPicture({ plan }))
    expect(text).toContain('… and 7 more.')
    expect(text).toContain('Not all clients could be compared')
    expect(mappedIn(plan).size).toBe(MAX_CONSOLE_PLAN_MAPS)
  })

  test('has maps for known parts of the clients alone', () => {
    for (const share of [{ ipv4: null }, { ipv4: 0 }, { ipv4: 1 }])
      expect(mappedIn(planOf(changeOf({ share }))).size).toBe(0)
    expect(mappedIn(planOf(changeOf({ more: 1 }))).size).toBe(0)
  })
})

describe('a drawing', () => {
  test('says states by word, with who forced them, and what is left out', () => {
    const end: DrawnNode = { kind: 'records', text: '1 record', records: [MARKUP] }
    const tree: DrawnNode = {
      ...{ kind: 'pool', text: 'words', name: 'www.one.example/A', more: 412 },
      state: { state: 'up', real: 'up' },
      branches: [
        { label: 'member 1', chance: 1, state: { state: 'up', real: 'unknown', target: '192.0.2.1:80' }, to: end },
        {
          label: 'member 2',
          chance: 0,
          state: { state: 'down', real: 'up', forced: { force: 'down', by: 'alice', why: MARKUP } },
          to: end,
        },
        { label: 'member 3', chance: null, state: { state: 'drained', real: 'up' }, to: end },
      ],
    }
    const html = String(Tree({ tree, now: 0, label: 'x' }))
    const text = plainOf(html)
    for (const part of [
      'unknown, taken for up',
      'forced down by alice: &lt;script&gt;',
      'drained',
      '… and 412 more',
      '100 %',
    ])
      expect([part, text.includes(part) || text]).toEqual([part, true])
    expect(html).not.toContain('<script')
  })
})

test('a row leads to the drawing of its policy', () => {
  const row = rowOf(
    { name: 'www.one.example.', type: 'A', ttl: [5, 60], policy: 'pool', data: ['192.0.2.1'], more: 3 },
    '/p',
  )
  expect(row).toMatchObject({
    ttl: '5 to 60',
    more: '… and 3 more',
    policy: { href: '/p?name=www.one.example.&type=A' },
  })
})

test.each([
  ['1/3', '33.33 %'],
  ['1', '100 %'],
  ['1/100000', '0.001 %'],
  [null, undefined],
  ['x', undefined],
])('the chance %s is %s', (text, expected) => {
  const part = fractionOf(text)
  expect(part === null ? undefined : percentText(part)).toBe(expected)
})

test.each([
  ['"one"', { 'if-match': '"one"', 'if-none-match': null }],
  // A roll-back of a deleted zone must not replace one that somebody has made since.
  ['', { 'if-match': null, 'if-none-match': '*' }],
])('a change that goes out from the version %j has that condition', async (etag, expected) => {
  let headers = new Headers()
  const api = async (_: string, init?: RequestInit) => {
    headers = new Headers(init?.headers)
    return Response.json({ serial: 1 })
  }
  const init = { method: 'POST', type: 'application/json', body: '{}', etag, reason: '' }
  expect(await send({ api } as unknown as Visit, '/api/v1/zones/example.com/rollback', init)).toMatchObject({
    ok: true,
  })
  for (const [name, value] of Object.entries(expected)) expect([name, headers.get(name)]).toEqual([name, value])
})
