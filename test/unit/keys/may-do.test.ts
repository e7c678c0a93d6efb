import { expect, test } from 'vitest'
import { formatScope, mayDo, type Operation, parseScopes, refusalOf } from '../../../src/keys/index.ts'
import { must } from '../support.ts'

const scope = (text: string) => must(parseScopes([text]))

const reading = (origin: string): Operation => ({ kind: 'read-zone', origin })
const writing = (origin: string): Operation => ({ kind: 'write-zone', origin })
const rrset = (name: string, type = 'A', origin = 'example.com.'): Operation => ({
  ...{ kind: 'write-rrset', origin, name, type },
})

/** The operations by their names in the table below. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  list: { kind: 'list-zones' },
  'read example.com': reading('example.com.'),
  'read sub.dev.example.com': reading('sub.dev.example.com.'),
  'read _acme-challenge.www.example.com': reading('_acme-challenge.www.example.com.'),
  'read example.net': reading('example.net.'),
  'read com': reading('com.'),
  'write example.com': writing('example.com.'),
  'write dev.example.com': writing('dev.example.com.'),
  'write example.net': writing('example.net.'),
  'A www': rrset('www.example.com.'),
  'A dev': rrset('dev.example.com.'),
  'A a.dev': rrset('a.dev.example.com.'),
  'A xdev': rrset('xdev.example.com.'),
  'A a\\.dev': rrset('a\\.dev.example.com.'),
  'TXT _acme-challenge.www': rrset('_acme-challenge.www.example.com.', 'TXT'),
  'A _acme-challenge.www': rrset('_acme-challenge.www.example.com.'),
  'TXT _acme-challenge': rrset('_acme-challenge.example.com.', 'TXT'),
  'TXT www': rrset('www.example.com.', 'TXT'),
  'A in example.net': rrset('www.example.net.', 'A', 'example.net.'),
  answers: { kind: 'read-answers' },
  'read health': { kind: 'read-health' },
  'read the deployment': { kind: 'read-deployment' },
  push: { kind: 'push-health' },
  overrides: { kind: 'write-overrides' },
  keys: { kind: 'keys' },
  signing: { kind: 'signing' },
}

/** The scopes, and all that each allows. */
const TABLE: readonly (readonly [string, readonly string[]])[] = [
  ['everything', Object.keys(OPERATIONS)],
  ['read', [...Object.keys(OPERATIONS).filter((name) => /^(list|read )/.test(name)), 'answers']],
  ['pdns', [...Object.keys(OPERATIONS).filter((name) => /^(list|read )/.test(name)), 'answers', 'signing']],
  ['health', ['read health', 'push']],
  [
    'zone:example.com',
    [
      ...['list', 'read example.com', 'write example.com'],
      ...Object.keys(OPERATIONS).filter((name) => /^(A|TXT) (?!in)/.test(name)),
    ],
  ],
  ['name:www.example.com', ['list', 'read example.com', 'read com', 'A www', 'TXT www']],
  ['suffix:dev.example.com', ['list', 'read example.com', 'read sub.dev.example.com', 'read com', 'A dev', 'A a.dev']],
  [
    'acme:www.example.com',
    [...['list', 'read example.com', 'read _acme-challenge.www.example.com', 'read com', 'TXT _acme-challenge.www']],
  ],
  ['acme:example.com', ['list', 'read example.com', 'read com', 'TXT _acme-challenge']],
]

test.each(TABLE)('scope %s allows exactly what its row says', (text, allowed) => {
  const may = Object.entries(OPERATIONS).flatMap(([name, operation]) => (mayDo(scope(text), operation) ? [name] : []))
  expect(may.sort()).toEqual([...allowed].sort())
})

test('an escaped dot ends no label: a\\.dev.example.com is not below dev.example.com', () => {
  expect(mayDo(scope('suffix:dev.example.com'), rrset('a\\.dev.example.com.'))).toBe(false)
  expect(mayDo(scope('suffix:dev.example.com'), rrset('a\\.b.dev.example.com.'))).toBe(true)
})

test.each(['', 'www.example.com', 'a..example.com.', 'x'.repeat(300)])(
  'a name that is none is nowhere: "%s"',
  (name) => {
    for (const [text] of TABLE.slice(5)) expect(mayDo(scope(text), rrset(name, 'TXT'))).toBe(false)
  },
)

test('a key with several scopes may do what any of them allows, and one without any nothing', () => {
  const both = must(parseScopes(['zone:example.com', 'health']))
  expect(mayDo(both, writing('example.com.'))).toBe(true)
  expect(mayDo(both, { kind: 'push-health' })).toBe(true)
  expect(mayDo(both, writing('example.net.'))).toBe(false)
  for (const operation of Object.values(OPERATIONS)) expect(mayDo([], operation)).toBe(false)
})

test('a refusal says what the key may do, and what it would take', () => {
  const lego = { name: 'lego', scopes: scope('acme:www.example.com') }
  expect(refusalOf(lego, rrset('www.example.com.'))).toBe(
    'the key lego may: write TXT at _acme-challenge.www.example.com., and read its zone; ' +
      'writing A at www.example.com. needs everything or zone:example.com or name:www.example.com',
  )
  expect(refusalOf(lego, rrset('_acme-challenge.www.example.com.', 'TXT'))).toBeUndefined()
})

test('the scopes that a refusal asks for allow the operation', () => {
  for (const operation of Object.values(OPERATIONS)) {
    const needed = refusalOf({ name: 'none', scopes: [] }, operation)?.split(' needs ')[1]?.split(' or ') ?? []
    expect(needed.length).toBeGreaterThan(0)
    for (const text of needed) expect([text, mayDo(scope(text), operation)]).toEqual([text, true])
  }
})

test('a refusal of a key with many scopes is short', () => {
  const scopes = must(parseScopes(Array.from({ length: 50 }, (_, i) => `name:n${i}.example.com`)))
  const why = refusalOf({ name: 'many', scopes }, { kind: 'keys' }) ?? ''
  expect(why).toContain(
    'write rrsets of n9.example.com., and read its zone; and 40 scopes more; reading and writing keys',
  )
  expect(scopes.map(formatScope)).toHaveLength(50)
})
