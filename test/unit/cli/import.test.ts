import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ImportChoices, importCommand } from '../../../src/cli/import/import.ts'
import { ApiServer, problem } from './api-server.ts'
import { runMain } from './run-main.ts'
import { folderWith, recorder } from './support.ts'

const record = (content: string, disabled = false) => ({ content, disabled })
const rrset = (name: string, type: string, records: readonly object[], comments: readonly object[] = []) => ({
  ...{ name, type, ttl: 300, records, comments },
})

const SOA = rrset('a.example.', 'SOA', [record('ns.a.example. root.a.example. 7 3600 900 604800 60')])
const CODE = "A \";if 1 == 1 then\n  return '192.0.2.1'\nend return '192.0.2.2'\""

const ZONES: Readonly<Record<string, readonly object[]>> = {
  'a.example.': [
    rrset('www.a.example.', 'LUA', [record(CODE)]),
    rrset('a.example.', 'NS', [record('ns.a.example.')]),
    SOA,
    rrset('ns.a.example.', 'A', [record('192.0.2.53')]),
    rrset(
      '*.a.example.',
      'A',
      [record('192.0.2.8'), record('192.0.2.9', true)],
      [{ content: 'old\none', account: 'ada' }],
    ),
  ],
  '0/26.2.0.192.in-addr.arpa.': [
    { ...SOA, name: '0/26.2.0.192.in-addr.arpa.' },
    rrset('0/26.2.0.192.in-addr.arpa.', 'NS', [record('ns.a.example.')]),
  ],
}

async function pdns(zones = ZONES): Promise<ApiServer> {
  const server = await ApiServer.start()
  const base = '/api/v1/servers/localhost/zones'
  const ids = new Map(Object.keys(zones).map((name) => [name.replace('/', '=2F'), name]))
  server.fault = ({ path }) => {
    if (path === base) return { status: 200, body: [...ids].map(([id, name]) => ({ id, name, kind: 'Native' })) }
    const name = ids.get(decodeURIComponent(path.slice(base.length + 1)))
    return name === undefined ? problem(404, 'Not Found') : { status: 200, body: { name, rrsets: zones[name] } }
  }
  return server
}

const CHOICES: ImportChoices = { server: 'localhost', overwrite: false, json: false }

async function run(server: ApiServer, folder: string, more: Partial<ImportChoices> = {}) {
  const console = recorder()
  const status = await importCommand(folder, { ...CHOICES, ...more }, server.client(), console, {})
  return { status, out: console.stdout, err: console.stderr }
}

test('writes a valid zone file of each zone: LUA with its lines, comments, disabled records', async () => {
  const folder = join(folderWith({}), 'zones')
  const { status, out, err } = await run(await pdns(), folder)
  expect([status, err]).toEqual([0, []])
  const file = join(folder, 'a.example.zone')
  expect(out[0]).toBe(`${file}: a.example. serial 7, 4 names, 5 rrsets`)
  expect(readFileSync(file, 'utf8').split('\n')).toEqual([
    '$ORIGIN a.example.',
    '@\t300\tIN\tSOA\tns.a.example. root.a.example. 7 3600 900 604800 60',
    '@\t300\tIN\tNS\tns.a.example.',
    '; ada: old one',
    '*\t300\tIN\tA\t192.0.2.8',
    '; disabled: * 300 IN A 192.0.2.9',
    'ns\t300\tIN\tA\t192.0.2.53',
    ...`www\t300\tIN\tLUA\t${CODE}`.split('\n'),
    '',
  ])
  expect(existsSync(join(folder, '0%2F26.2.0.192.in-addr.arpa.zone'))).toBe(true)
})

test('writes over nothing without --overwrite, and only what is asked for', async () => {
  const folder = folderWith({ 'a.example.zone': 'mine' })
  const server = await pdns()
  expect(await run(server, folder)).toMatchObject({ status: 1, err: [expect.stringContaining('is there already')] })
  expect(readFileSync(join(folder, 'a.example.zone'), 'utf8')).toBe('mine')
  expect((await run(server, folder, { zone: ['A.example'], overwrite: true })).status).toBe(0)
  expect(existsSync(join(folder, '0%2F26.2.0.192.in-addr.arpa.zone'))).toBe(false)
  expect(await run(server, folder, { zone: ['none.example'] })).toMatchObject({
    status: 1,
    err: ['error: that PowerDNS has no zone "none.example"'],
  })
})

test('a zone that is not valid here is written, and is an error with its line', async () => {
  const bad = rrset('x.a.example.', 'LUA', [record('A "ifportup("')])
  const server = await pdns({ 'a.example.': [SOA, rrset('a.example.', 'NS', [record('ns.other.example.')]), bad] })
  const folder = folderWith({})
  const { status, err } = await run(server, folder)
  expect([status, err.length]).toEqual([1, 2])
  expect(err[0]).toContain(`${join(folder, 'a.example.zone')}:4:`)
  expect(err[1]).toBe('error: 1 of 1 zone has errors; all files are written')
  const json = await run(server, folder, { json: true, overwrite: true })
  expect(JSON.parse(json.out.join('\n')).zones).toMatchObject([
    { origin: 'a.example.', findings: [{ line: 4, severity: 'error' }] },
  ])
})

test.each([
  ['http://127.0.0.1:9', 'key', 'start its webserver with api=yes, or correct --from'],
  ['served', 'wrong', 'rejects this key; expected one that it knows, in PDNS_API_KEY'],
])('import --from %s with the key %s: the error names the options and variables of import', async (from, key, text) => {
  const url = from === 'served' ? (await ApiServer.start()).url : from
  const { status, stderr } = await runMain(['import', '--from', url], folderWith({}), { PDNS_API_KEY: key })
  expect([status, stderr]).toEqual([1, expect.stringContaining(text)])
})

test('a server that is no PowerDNS, or refuses the key, is an error', async () => {
  const server = await ApiServer.start()
  server.fault = () => ({ status: 200, body: { zones: [] } })
  expect(await run(server, folderWith({}))).toMatchObject({
    status: 1,
    err: [expect.stringContaining('did not answer')],
  })
  server.fault = () => ({ status: 401, body: { error: 'Unauthorized' } })
  expect(await run(server, folderWith({}))).toMatchObject({
    status: 1,
    err: [expect.stringContaining('rejects this key')],
  })
})
