import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseType } from '../../src/dns/index.ts'
import { err } from '../../src/result.ts'
import { transferRecords } from '../../src/rrsets/index.ts'
import { compileSource } from '../../src/zonefile/index.ts'
import { must } from '../unit/support.ts'
import { commandOf, DNSDIST_FILES, DNSDISTS, dnsdistExample } from './dnsdist.ts'
import { type Ask, answersOf, askDoh, askUdp, rcodeOf, subnetOf } from './messages.ts'
import { freePort, run, temporaryFolder, until } from './processes.ts'
import { startRemotePdns } from './remote-backend.ts'
import { startSecondary } from './secondary.ts'
import { type Front, type Server, startFront, startServer } from './server.ts'
import { TABLE_ORIGIN, TABLE_ZONE } from './table-cases.ts'
import { needs } from './tools.ts'

const KEY = 'the-key-of-pdns'
const PROBE = `static.${TABLE_ORIGIN}`

needs(
  'nghttpx',
  'openssl',
  'dig',
  'pdns-backend-remote',
)('PowerDNS with its remote backend', () => {
  let server: Server
  let front: Front
  beforeAll(async () => {
    server = await startServer(TABLE_ZONE, KEY)
    front = await startFront(server.port)
  })
  afterAll(async () => {
    await front?.stop()
    await server?.stop()
  })

  test('a transfer has exactly what the export has', async () => {
    const pdns = await startRemotePdns(front, PROBE, { key: KEY })
    try {
      const { stdout } = await run('dig', [
        '@127.0.0.1',
        '-p',
        String(pdns.port),
        TABLE_ORIGIN,
        'AXFR',
        '+onesoa',
        '+nocmd',
      ])
      const lines = stdout.split('\n').filter((line) => line !== '' && !line.startsWith(';'))
      expect(lines.map(transferred).sort()).toEqual((await exported()).sort())
      // Read back, it is the zone that the command exports.
      const args = ['bin/edge-gslb.js', 'export', TABLE_ORIGIN, '--to', server.url]
      const command = await run('node', args, '', { EDGE_GSLB_KEY: KEY })
      expect(recordsIn(lines.join('\n'))).toEqual(recordsIn(command.stdout))
    } finally {
      await pdns.stop()
    }
  })

  test.each(['', ',post=1', ',post=1,post_json=1'])('answers with mode "%s", and finds a new zone', async (mode) => {
    const settings = { 'zone-cache-refresh-interval': '1' }
    const pdns = await startRemotePdns(front, PROBE, { key: KEY, mode, settings })
    try {
      const ask = askUdp(pdns.port)
      const reply = await ask(`view.${TABLE_ORIGIN}`, 'A', { subnet: '198.18.64.0/24' })
      expect([answersOf(reply), subnetOf(reply)]).toEqual([['192.0.2.2'], '198.18.64.0/24/18'])
      expect(rcodeOf(await ask('www.example.org', 'A'))).toBe('REFUSED')
      const origin = `mode-${mode.length}.example`
      writeFileSync(join(server.zones, `${origin}.zone`), '$TTL 60\n@ SOA ns root 1 2 3 4 5\n@ NS ns\n@ A 192.0.2.77\n')
      await until('the new zone is served', async () => answersOf(await ask(origin, 'A')).join() === '192.0.2.77')
    } finally {
      await pdns.stop()
    }
  })

  needs('pdns-backend-sqlite3')('a secondary', () => {
    test('transfers the zone, and the next version as soon as it is notified', async () => {
      const headers = { 'x-api-key': KEY, 'content-type': 'application/json' }
      const zone = `${server.url}/api/v1/servers/localhost/zones/${TABLE_ORIGIN}.`
      const write = async (method: string, body: object): Promise<void> => {
        const { ok, status } = await fetch(zone, { method, headers, body: JSON.stringify(body) })
        expect([ok, status]).toEqual([true, 204])
      }
      await write('PUT', { kind: 'Master' })
      const port = await freePort()
      const settings = { 'also-notify': `127.0.0.1:${port}`, 'xfr-cycle-interval': '1' }
      const primary = await startRemotePdns(front, PROBE, { key: KEY, settings })
      const secondary = await startSecondary(TABLE_ORIGIN, primary.port, port)
      try {
        const ask = askUdp(port)
        await until('the secondary has the zone', async () => answersOf(await ask(PROBE, 'A')).length > 0)
        const before = await serialOf(ask)
        const records = [{ content: '192.0.2.250', disabled: false }]
        const rrset = { name: `new.${TABLE_ORIGIN}.`, type: 'A', ttl: 60, changetype: 'REPLACE', records }
        await write('PATCH', { rrsets: [rrset] })
        await until('the secondary has the change', async () => answersOf(await ask(rrset.name, 'A')).length > 0)
        const serial = await serialOf(ask)
        expect(serial).toBeGreaterThan(before)
        expect(serial).toBe(await serialOf(askUdp(primary.port)))
        expect(serial).toBe(await serialOf(askDoh(server.url)))
        expect(answersOf(await ask(rrset.name, 'A'))).toEqual(['192.0.2.250'])
      } finally {
        await secondary.stop()
        await primary.stop()
      }
    })
  })

  async function serialOf(ask: Ask): Promise<number> {
    const [soa] = (await ask(TABLE_ORIGIN, 'SOA')).answers ?? []
    return soa?.type === 'SOA' ? (soa.data.serial ?? 0) : 0
  }

  /** The lines of our export, as `transferred` has them. */
  async function exported(): Promise<string[]> {
    const response = await fetch(`${server.url}/api/v1/zones/${TABLE_ORIGIN}`, { headers: { 'x-api-key': KEY } })
    const document = JSON.parse(await response.text())
    return transferRecords(document).flatMap(({ name, ttl, type, content, isNote }) => {
      return isNote ? [] : [`${name} ${ttl} ${type} ${type === 'LUA' ? luaText(content) : plain(content)}`]
    })
  }
})

/** A line of dig as `name ttl type data`; it prints PowerDNS's own types in the generic form (RFC 3597). */
function transferred(line: string): string {
  const [name, ttl, , type = '', ...data] = line.split(/\s+/)
  const octets = Buffer.from(data.slice(2).join(''), 'hex')
  if (type === 'TYPE65401') return `${name} ${ttl} ALIAS ${stringsIn(octets).join('.')}`
  if (type === 'TYPE65402')
    return `${name} ${ttl} LUA ${octets.readUInt16BE(0)} ${stringsIn(octets.subarray(2)).join('')}`
  return `${name} ${ttl} ${type} ${plain(data.join(' '))}`
}

/**
 * The records of a zone file, in the order of their texts. Of an answer without a LUA form the command leaves an empty
 * LUA record, which keeps the name, and the transfer nothing.
 */
function recordsIn(text: string): string[] {
  const compiled = must(compileSource({ file: `${TABLE_ORIGIN}.zone`, text: `${text}\n` }, () => err('no file')))
  return transferRecords(compiled.document)
    .filter(({ type, content }) => type !== 'LUA' || content !== 'LUA ""')
    .map(({ name, ttl, type, content }) => `${name} ${ttl} ${type} ${plain(content)}`)
    .sort()
}

/** Strings and labels alike: a length, then so many octets. */
function stringsIn(octets: Buffer): string[] {
  const texts: string[] = []
  for (let at = 0; at < octets.length; at += 1 + (octets[at] as number)) {
    texts.push(octets.toString('latin1', at + 1, at + 1 + (octets[at] as number)))
  }
  return texts
}

/** PowerDNS itself fills in hints that are "auto". */
const plain = (data: string): string => data.toLowerCase().replace(/ipv4hint=\S+/, 'ipv4hint=auto')

/** The number of the inner type, and the code without quotes and escapes. */
function luaText(content: string): string {
  const [, inner = '', quoted = ''] = /^(\S+) (.*)$/s.exec(content) ?? []
  const code = [...quoted.matchAll(/"((?:[^"\\]|\\.)*)"/gs)].map(([, text = '']) => text).join('')
  return `${must(parseType(inner))} ${code.replace(/\\(.)/gs, '$1')}`
}

for (const tool of DNSDISTS) {
  needs(tool)(`examples/dnsdist, read by ${tool}`, () => {
    describe.each(DNSDIST_FILES)('%s', (name) => {
      test('there is no error in it, and one in a damaged copy', () => {
        const folder = temporaryFolder()
        const check = (text: string) => {
          const file = join(folder.path, 'dnsdist.conf')
          writeFileSync(file, text)
          const args = ['--check-config', '--config', file]
          return spawnSync(commandOf(tool), args, { timeout: 60_000 }).status
        }
        try {
          expect(check(dnsdistExample(name))).toBe(0)
          expect(check(dnsdistExample(name).replace('TCAction()', 'NoAction'))).not.toBe(0)
        } finally {
          folder.remove()
        }
      })
    })
  })
}
