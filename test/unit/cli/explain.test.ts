import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { explainCommand, parseQuestion } from '../../../src/cli/explain/explain.ts'
import type { Kv } from '../../../src/cli/kv/kv.ts'
import { buildQuery, ecsAddress, parseName, parseQuery } from '../../../src/dns/index.ts'
import { type Explanation, explanationText, type WhatIf } from '../../../src/explain/index.ts'
import { formatVantage, type TargetState, UNPROBED } from '../../../src/health/index.ts'
import { MAX_REFERRAL_SERVERS } from '../../../src/limits.ts'
import { formatAddress } from '../../../src/net/index.ts'
import { err, ok } from '../../../src/result.ts'
import { compileZone, loadedZones } from '../../../src/zone/index.ts'
import { compileSource } from '../../../src/zonefile/index.ts'
import { explain } from '../both-forms.ts'
import { must, prefix, seeded } from '../support.ts'
import { folderWith, recorder } from './support.ts'

const FIXTURES = new URL('../../fixtures/explain/', import.meta.url)
const SOURCE = { file: 'example.org.json', text: readFileSync(new URL('example.org.json', FIXTURES), 'utf8') }
const ZONE = must(compileSource(SOURCE, () => err('no file'))).zone

function explained(name: string, type: string, client: string, ecs?: string): Explanation {
  const options = { client, zones: 'zones', ...(ecs !== undefined && { ecs }) }
  return explain(must(parseQuestion(name, type, options)), loadedZones([ZONE]), seeded(3))
}

/** The exact output for people. Each case is a file. */
test.each([
  ['view-weighted', 'src.example.org', 'A', '192.168.1.7', undefined],
  ['view-otherwise', 'src.example.org.', 'a', '8.8.8.8', undefined],
  ['view-by-ecs', 'SRC.example.org', 'A', '8.8.8.8', '192.168.77.0/24'],
  ['hashed-opted-out', 'hash.example.org', 'A', '192.0.2.1', '0.0.0.0/0'],
  ['networks', 'map.example.org', 'A', '10.1.2.3', undefined],
  ['networks-none', 'map.example.org', 'A', '2001:db8::1', undefined],
  ['weighted-sample', 'pool.example.org', 'A', '192.0.2.1', undefined],
  ['cname-chain', 'www.example.org', 'A', '192.168.1.7', undefined],
  ['cname-asked', 'www.example.org', 'CNAME', '192.168.1.7', undefined],
  ['cname-loop', 'loop.example.org', 'A', '192.0.2.1', undefined],
  ['hashed', 'hash.example.org', 'A', '192.0.2.1', undefined],
  ['name-hashed', 'by-name.example.org', 'A', '192.0.2.1', undefined],
  ['consistent-hashed', 'ring.example.org', 'A', '192.0.2.1', undefined],
  ['several-records', 'example.org', 'MX', '192.0.2.1', undefined],
  ['wildcard', 'x.y.wild.example.org', 'TXT', '2001:db8::1', undefined],
  ['empty-non-terminal', 'ent.example.org', 'A', '192.0.2.1', undefined],
  ['unknown-type', 'a.ent.example.org', 'TYPE65280', '192.0.2.1', undefined],
  ['no-data', 'ns.example.org', 'AAAA', '192.0.2.1', undefined],
  ['no-name', 'nix.example.org', 'A', '192.0.2.1', undefined],
  ['referral', 'deep.sub.example.org', 'A', '192.0.2.1', undefined],
  ['refused', 'example.com', 'A', '192.0.2.1', undefined],
  ['any', 'example.org', 'ANY', '192.0.2.1', undefined],
  ['dname', 'www.old.example.org', 'A', '192.168.1.7', undefined],
  ['dname-too-long', `${'x'.repeat(63)}.long.example.org`, 'A', '192.0.2.1', undefined],
  ['alias', 'apex.example.org', 'A', '192.168.1.7', undefined],
  ['hints', 'web.example.org', 'HTTPS', '192.168.1.7', undefined],
  ['hints-by-chance', 'web.example.org', 'HTTPS', '192.0.2.1', undefined],
  ['alias-outside', 'outside.example.org', 'A', '192.0.2.1', undefined],
  ['script', 'script.example.org', 'A', '192.168.1.7', undefined],
  ['script-fails', 'script.example.org', 'A', '192.0.2.1', '198.51.100.0/24'],
  ['script-draws', 'draws.example.org', 'A', '192.0.2.1', undefined],
  ['zone-transfer', 'example.org', 'AXFR', '192.0.2.1', undefined],
])('%s', async (file, name, type, client, ecs) => {
  await expect(`${explanationText(explained(name, type, client, ecs))}\n`).toMatchFileSnapshot(
    `../../fixtures/explain/${file}.txt`,
  )
})

test('--json has the question, the decision, and every answer with its exact chance', async () => {
  const explanation = explained('www.example.org', 'A', '8.8.8.8', '192.168.77.0/24')
  await expect(`${JSON.stringify(explanation, null, 2)}\n`).toMatchFileSnapshot(
    '../../fixtures/explain/cname-chain.explained.json',
  )
})

test('a referral with too many servers is explained as it is sent', () => {
  const servers = Array.from({ length: 1000 }, (_, i) => `n${i}.sub`)
  const addresses = Array.from({ length: 40 }, (_, i) => `192.0.2.${i}`)
  const glue = Object.fromEntries(servers.map((name) => [name, { A: addresses }]))
  const soa = { mname: 'ns', rname: 'root', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 }
  const records = { '@': { NS: 'ns.example.net.' }, sub: { NS: servers }, ...glue }
  const { zone } = must(compileZone({ origin: 'example.com', ttl: 60, soa, records }))
  const asked = must(parseQuestion('www.sub.example.com', 'A', { client: '192.0.2.1', zones: 'zones' }))
  const { status, authority, additional, endings } = explain(asked, loadedZones([zone]), seeded(3))
  expect({ status, servers: authority.length, addresses: additional.length }).toEqual({
    ...{ status: 'NOERROR', servers: MAX_REFERRAL_SERVERS },
    addresses: 120,
  })
  expect(endings).toEqual([{ ending: 'referral', status: 'NOERROR', probability: '1', chance: 1 }])
})

test('the chances of all outcomes add up to 1', () => {
  for (const name of ['src', 'map', 'pool', 'www', 'loop', 'ent', 'nix', 'sub']) {
    const { endings } = explained(`${name}.example.org`, 'A', '192.168.1.7')
    const sum = endings.reduce((total, { chance }) => total + (chance ?? Number.NaN), 0)
    expect(sum, name).toBeCloseTo(1, 12)
  }
})

test.each([
  ['a..b', 'A', { client: '192.0.2.1' }, 'empty label'],
  ['a'.repeat(64), 'A', { client: '192.0.2.1' }, 'at most 63'],
  ['a', 'FOO', { client: '192.0.2.1' }, '"FOO" is not a record type; expected one like A'],
  ['a', 'A', {}, 'expected --client'],
  ['a', 'A', { client: '10.1' }, '--client "10.1" is not an IP address; expected'],
  ['a', 'A', { client: '192.0.2.1', ecs: '192.0.2.0/33' }, '--ecs "192.0.2.0/33" has no valid prefix length; expected'],
  ['a', 'A', { client: '192.0.2.1', ecs: 'here' }, '--ecs "here" is not a network; expected'],
])('explain %s %s with %j is refused', (name, type, options, message) => {
  const parsed = parseQuestion(name, type, { zones: 'zones', ...options })
  expect(parsed.ok ? 'accepted' : parsed.error).toContain(message)
})

test.each([
  ['192.0.2.77/24', '192.0.2.0/24'],
  ['192.0.2.77/20', '192.0.0.0/20'],
  ['192.0.2.77', '192.0.2.77/32'],
  ['2001:db8:1:2::9/56', '2001:db8:1::/56'],
])('--ecs %s is sent as %s, as dig does', (given, sent) => {
  const asked = must(parseQuestion('a', 'A', { zones: 'zones', client: '192.0.2.1', ecs: given }))
  const query = must(parseQuery(buildQuery({ name: asked.name, type: asked.type, edns: true, subnet: asked.ecs })))
  expect(query.error).toBeUndefined()
  const { family, length, bytes } = prefix(sent)
  expect(query.edns?.ecs).toMatchObject({ family, sourcePrefixLength: length })
  expect(query.edns?.ecs && ecsAddress(query.edns.ecs)).toEqual({ family, bytes })
})

test('a name keeps its odd bytes and its case in the query', () => {
  const name = must(parseName('A\\.b.\\200.Example.'))
  const query = must(parseQuery(buildQuery({ name, type: 28 })))
  expect(query.question).toMatchObject({ key: name.key, type: 28, class: 1 })
  expect(query.question?.wire).toEqual(name.wire)
  expect(query.recursionDesired).toBe(true)
})

describe('the client', () => {
  test.each([
    [{ ecs: '203.0.113.0/24' }, '203.0.113.0'],
    [{ ecs: '2001:db8::/32' }, '2001:db8::'],
    [{ ecs: '203.0.113.0/24', client: '192.0.2.1' }, '192.0.2.1'],
  ])('of %j is %s', (options, client) => {
    const asked = must(parseQuestion('src.example.org', 'A', { zones: 'zones', ...options }))
    expect(formatAddress(asked.client)).toBe(client)
  })

  test('is required, by one of the two options', () => {
    const asked = parseQuestion('src.example.org', 'A', { zones: 'zones' })
    expect(asked.ok ? '' : asked.error).toMatch(/; expected --client 192\.0\.2\.1, or --ecs 192\.0\.2\.0\/24$/)
  })
})

test('control characters of a zone do not reach the terminal', () => {
  const text = `$TTL 60\n@ SOA ns h 1 1 1 1 1\n@ NS ns\nns A 192.0.2.1\nwww LUA A ";error('\\027[2J\\226\\128\\174')"\n`
  const { zone } = must(compileSource({ file: 'example.com.zone', text }, () => err('no file')))
  const asked = must(parseQuestion('www.example.com', 'A', { zones: 'zones', client: '192.0.2.1' }))
  const shown = explanationText(explain(asked, loadedZones([zone]), seeded(3)))
  expect(shown).toContain('\\027[2J')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must not be there
  expect(shown).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
})

describe('health', () => {
  const many = Array.from({ length: 10 }, (_, i) => ({
    ...{ answer: `192.0.2.${i}`, target: i === 9 ? '[2001:db8::9]:80' : `10.0.0.${i}:80` },
    ...(i < 2 && { datacenter: 'fra' }),
  }))
  const pool = (members: unknown) => ({ kind: 'pool', check: 'web', members })
  const document = {
    ...{ origin: 'example.com', ttl: 60, checks: { web: { kind: 'tcp', port: 80, interval: 10 } } },
    soa: { mname: 'ns', rname: 'root', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 },
    records: {
      '@': { NS: 'ns' },
      ns: { A: '192.0.2.53' },
      many: { A: { ttl: [5, 300], answer: pool(many) } },
      two: { A: { kind: 'failover', pools: [pool(['192.0.2.1', '192.0.2.2']), pool(['192.0.2.3'])] } },
    },
  }
  const { conditions } = must(compileZone(document)).zone
  const now = Date.parse('2026-11-22T12:00:00Z')

  /** The cron's document about some targets. */
  const written = (states: Record<string, 'up' | 'down'>): string => {
    const targets = conditions.flatMap(({ target, probe }): [string, TargetState][] => {
      const state = states[target]
      return state ? [[probe.id, { ...UNPROBED, state, at: now / 1000 - 5, since: 1 }]] : []
    })
    return formatVantage({ name: 'cron', at: now - 5000, targets: new Map(targets) })
  }

  /** Returns the steps that `explain` prints. `values`: the contents of KV, if KV is used. */
  async function steps(name: string, whatIf: Partial<WhatIf>, values?: Record<string, string>): Promise<string> {
    const kv: Kv = {
      get: async (key) => ok(values?.[key]),
      ...{ put: async () => ok(true), delete: async () => ok(true), close: async () => {} },
    }
    const open = values && (async () => ok(kv))
    const known = {
      open,
      platform: 'agent' as const,
      vantages: ['cron', 'push'],
      whatIf: { down: [], up: [], ...whatIf },
      now,
    }
    const options = { client: '192.0.2.1', zones: folderWith({ 'example.com.json': JSON.stringify(document) }) }
    const console = recorder()
    const status = await explainCommand(`${name}.example.com`, 'A', options, known, seeded(3), console)
    const [shown = ''] = console.stdout.join('\n').split('\n\n')
    return [`status ${status}`, ...console.stderr, ...shown.split('\n').slice(4)].join('\n')
  }

  test('without --health no state is known', async () => {
    expect(await steps('two', {})).toBe(`status 0
  failover           two.example.com/A is up: member 1 is the first that is up (1 taken for up; 2 taken for up)
  pool               two.example.com/A/1 is up: 2 of 2 members are up (1 192.0.2.1:80 taken for up; 2 192.0.2.2:80 taken for up)
  random             drew member 2 of 2, each as likely as the next
  values             1 record`)
  })

  test('--health uses the documents of vantage points, the overrides, and the assumptions', async () => {
    const values = {
      health: written({ '10.0.0.0:80': 'down', '10.0.0.1:80': 'up', '10.0.0.2:80': 'up' }),
      overrides: JSON.stringify({
        overrides: [{ target: '10.0.0.2:*', force: 'down', by: 'ops', why: 'repair', until: '2026-11-22T12:01:00Z' }],
      }),
    }
    expect(await steps('many', { down: ['10.0.0.[3-5]', '2001:DB8:0::9', '10.0.0.4'], up: ['nrt'] }, values)).toBe(
      `status 0
health of cron: written 5s ago
warning: "10.0.0.[3-5]" is not a target, a check or a datacenter of the zones
warning: "nrt" is not a target, a check or a datacenter of the zones
  pool               many.example.com/A is up: 6 of 10 members are up
                        1  10.0.0.0:80 in fra  down
                        2  10.0.0.1:80 in fra  up
                        3  10.0.0.2:80         down, measured up, forced down by ops until 2026-11-22T12:01:00Z (repair)
                        4  10.0.0.3:80         taken for up
                        5  10.0.0.4:80         down, forced down by explain (what if)
                        6  10.0.0.5:80         taken for up
                        7  10.0.0.6:80         taken for up
                        8  10.0.0.7:80         taken for up
                        9  10.0.0.8:80         taken for up
                       10  [2001:db8::9]:80    down, forced down by explain (what if)
  random             drew member 8 of the 6 that are left, each as likely as the next
  values             1 record
  ttl                10 s of at most 300 s: health can change the answer in 10 s at the earliest`,
    )
  })

  test('--health without any document is a warning', async () => {
    const [status, line] = (await steps('two', {}, {})).split('\n')
    expect(status).toBe('status 0')
    expect(line).toMatch(/^warning: KV has no health document, .*; expected a Worker that probes/)
  })

  test('--down and --up of a datacenter count before an override', async () => {
    const overrides = JSON.stringify({ overrides: [{ target: '192.0.2.1*', force: 'down', by: 'ops', why: 'repair' }] })
    expect(await steps('many', { down: ['fra'] })).toMatch(
      /is up: 8 of 10 members are up\n +1 {2}\S+ in fra +down, forced/,
    )
    expect(await steps('two', {}, { overrides })).toContain('2 192.0.2.2:80 taken for up')
    expect(await steps('two', { up: ['192.0.2.1'] }, { overrides })).toContain('up, forced up by explain (what if)')
    expect(await steps('two', { down: ['192.0.2.[12]*', '192.0.2.1', '192.0.2.2'] })).toContain(
      'member 2 is the first that is up',
    )
  })

  test.each([
    [{ health: '{' }, 'the health document is not valid'],
    [{ overrides: '{' }, 'the overrides are not JSON'],
  ])('a damaged value in KV is an error: %j', async (values, message) => {
    const told = await steps('two', {}, values)
    expect(told).toContain('status 1')
    expect(told).toContain(message)
  })
})
