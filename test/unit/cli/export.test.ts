import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { check } from '../../../src/cli/zones/check.ts'
import { compileOptions } from '../../../src/cli/zones/compile-options.ts'
import { exportCommand } from '../../../src/cli/zones/export.ts'
import { folderWith, recorder, zoneFile } from './support.ts'

const LUA = "www LUA A \"pickrandom({'192.0.2.1','192.0.2.2'})\""
const JSON_ZONE = JSON.stringify({
  origin: 'example.net',
  ttl: 60,
  soa: { mname: 'ns', rname: 'root', serial: 4, refresh: 1, retry: 1, expire: 1, minimum: 1 },
  records: {
    '@': { NS: 'ns.example.org.' },
    x: { A: { kind: 'pool', whenDown: 'refused', check: { kind: 'tcp', port: 443 }, members: ['192.0.2.1'] } },
    y: { A: { kind: 'random', of: [['192.0.2.1', '192.0.2.2'], '192.0.2.3'] } },
  },
})
const zones = () => folderWith({ 'example.com.zone': zoneFile(7, LUA), 'example.net.json': JSON_ZONE })

describe('export', () => {
  test.each(['example.com', 'example.com.', 'EXAMPLE.com'])('%s of the folder goes to stdout', (zone) => {
    const console = recorder()
    expect(exportCommand(zone, { zones: zones() }, console)).toBe(0)
    expect(console.stderr).toEqual([])
    expect(console.stdout.join('\n').split('\n')).toEqual([
      '$ORIGIN example.com.',
      '$TTL 300',
      '@   IN SOA ns.example.com. root.example.com. 7 3600 900 604800 60',
      '@   IN NS ns.example.com.',
      'ns  IN A 192.0.2.53',
      `www IN LUA A "pickrandom({'192.0.2.1','192.0.2.2'})"`,
    ])
  })

  test('writes a valid file, and prints its summary', async () => {
    const folder = zones()
    const output = join(folder, 'out', '..', 'copy.example.zone')
    const console = recorder()
    const input = join(folder, 'example.com.zone')
    expect(exportCommand(input, { zones: 'nowhere', output }, console)).toBe(0)
    expect(console.stdout).toEqual([`${output}: example.com. serial 7, 3 names, 4 rrsets`])
    writeFileSync(input, readFileSync(output))
    expect(await check([input], recorder())).toBe(0)
  })

  test('records that other servers refuse are written with a warning', () => {
    const console = recorder()
    const folder = folderWith({ 'example.com.zone': zoneFile(7, 'www HTTPS 1 . ipv4hint=auto alpn=h2') })
    expect(exportCommand('example.com', { zones: folder }, console)).toBe(0)
    expect(console.stderr).toEqual([
      'warning: www.example.com. HTTPS has hints that are auto; PowerDNS fills them in with svc-autohints=yes, other servers refuse it',
    ])
    expect(console.stdout.join('\n')).toContain('www IN HTTPS 1 . alpn="h2" ipv4hint=auto')
  })

  test('a record that a zone file cannot express becomes a comment with a warning; the rest is written', async () => {
    const folder = zones()
    const output = join(folder, 'copy.zone')
    const console = recorder()
    expect(exportCommand('example.net', { zones: folder, output }, console)).toBe(1)
    expect(console.stdout).toEqual([`${output}: example.net. serial 4, 2 names, 3 rrsets`])
    const why =
      '"whenDown": "refused" is not in PowerDNS, whose scripts fail with SERVFAIL; expected "servfail" in a LUA A record'
    expect(console.stderr).toEqual([
      `warning: ${join(folder, 'example.net.json')}: x.example.net. A: ${why}`,
      'error: one thing is not in the zone file',
    ])
    const text = readFileSync(output, 'utf8')
    expect(text).toContain(`; x A: ${why}\n; {"kind":"pool",`)
    expect(text).toContain("y IN LUA A \";if pickrandom({'1','2'})=='1' then return {'192.0.2.1','192.0.2.2'} else")
    expect(await check([output], recorder())).toBe(0)
  })

  test.each([
    ['example.org', 'has no zone example.org.; expected one of example.com., example.net., or a file'],
    ['a..b', 'empty label'],
    ['missing.zone', 'there is no such file'],
    ['dir/example', 'there is no such file'],
  ])('%s is not a zone', (zone, why) => {
    const console = recorder()
    expect(exportCommand(zone, { zones: zones() }, console)).toBe(1)
    expect(console.stderr.join()).toContain(why)
    expect(console.stdout).toEqual([])
  })

  test('a folder with a mistake exports nothing; neither does a file that cannot be written', () => {
    const broken = folderWith({ 'example.com.zone': zoneFile(1), 'bad.example.zone': zoneFile(1, 'x A 1') })
    const console = recorder()
    expect(exportCommand('example.com', { zones: broken }, console)).toBe(1)
    expect(console.stderr.at(-1)).toContain('1 file of')
    const folder = zones()
    const other = recorder()
    expect(exportCommand('example.com', { zones: folder, output: join(folder, 'no', 'x.zone') }, other)).toBe(1)
    expect(other.stderr.join()).toContain('cannot be written')
  })
})

test.each([
  [undefined, {}, false],
  [undefined, { LUA_INSERT_WHITESPACE: '' }, false],
  [undefined, { LUA_INSERT_WHITESPACE: 'no' }, false],
  [undefined, { LUA_INSERT_WHITESPACE: 'yes' }, true],
  [true, { LUA_INSERT_WHITESPACE: 'no' }, true],
])('--lua-insert-whitespace %s with %j is %s', (flag, environment, luaInsertWhitespace) => {
  expect(compileOptions({ ...(flag !== undefined && { luaInsertWhitespace: flag }) }, environment)).toMatchObject({
    ok: true,
    value: { luaInsertWhitespace },
  })
})

test('LUA_INSERT_WHITESPACE must be yes or no', () => {
  expect(compileOptions({}, { LUA_INSERT_WHITESPACE: '1' })).toEqual({
    ok: false,
    error: 'LUA_INSERT_WHITESPACE is "1"; expected yes or no, as PowerDNS\'s lua-records-insert-whitespace',
  })
})

test('check reads LUA records by its options', async () => {
  const folder = folderWith({ 'example.com.zone': zoneFile(1, 'x LUA A "\'192.0" ".2.1\'"') })
  const file = join(folder, 'example.com.zone')
  expect(await check([file], recorder())).toBe(0)
  const console = recorder()
  expect(await check([file], console, { luaInsertWhitespace: true })).toBe(1)
  expect(console.stderr[0]).toContain('".2.1" is too much')
})
