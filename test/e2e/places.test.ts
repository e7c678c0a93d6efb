import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { type DecodedPacket, decode } from 'dns-packet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseOfFiles } from '../../src/cli/geo/source.ts'
import type { Database } from '../../src/geo/index.ts'
import { Health, type Probe, UNPROBED } from '../../src/health/index.ts'
import { compileZone, type LocalZone } from '../../src/zone/index.ts'
import { compileSource } from '../../src/zonefile/index.ts'
import { writeMmdb } from '../unit/geo/mmdb-writer.ts'
import { exportedOf } from '../unit/lua/export-support.ts'
import { address, contextOf, must, replyTo, seeded } from '../unit/support.ts'
import { type Ask, askUdp, queryOf, rcodeOf, subnetOf, summary } from './messages.ts'
import { type PowerDns, startPowerDns } from './pdns.ts'
import {
  ASN_ROWS,
  CITY_ROWS,
  CLIENTS,
  DIFFERENCES,
  EXPORTED,
  EXPORTED_MAPS,
  MAGIC_NAMES,
  PLACE_CASES,
  SPOT_CLIENTS,
  TIES,
} from './place-cases.ts'
import { freePort, pooled, temporaryFolder, times, until } from './processes.ts'
import { needs } from './tools.ts'

const ORIGIN = 'place.example'

/** A zone of documents, which PowerDNS gets in exported form. */
const EXPORT = 'export.example'
const soa = { mname: 'ns', rname: 'root', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 }
const answers = Object.entries(EXPORTED).map(([name, A]) => [name, { A }])
const records = { '@': { NS: 'ns' }, ...Object.fromEntries(answers) }
const exported = must(compileZone({ origin: EXPORT, ttl: 60, soa, records, maps: EXPORTED_MAPS }))

/** Compares LUA records by location with PowerDNS and its GeoIP backend, with the same two MMDB files. */
needs('pdns_server', 'pdns-backend-geoip')('PowerDNS, with the same databases', () => {
  const folder = temporaryFolder()
  const servers: Server[] = []
  let pdns: PowerDns
  let theirs: Ask
  let zone: LocalZone
  let database: Database
  let open: number

  const twenty = Array.from({ length: 20 }, (_, i) => `'100.64.${i}.${32 * (i % 8) + 1}'`).join(',')
  const zoneText = (shut: number): string => {
    const three = "{'127.0.0.1', '127.0.0.2', '127.0.0.3'}"
    const line = (name: string) => (code: readonly [string, string], i: number) =>
      `${name}${i} LUA ${code[0]} "${code[1]}"`
    return [
      '$TTL 60\n@ SOA ns hostmaster 1 2 3 4 5\n@ NS ns1',
      ...PLACE_CASES.map(line('c')),
      ...TIES.map(([code]): [string, string] => ['A', code]).map(line('tie')),
      ...DIFFERENCES.map(([, type, code], i) => `d${i} LUA ${type} "${code}"`),
      '*.closest LUA A "closestMagic()"\n*.magic LUA TXT "latlonMagic()"',
      'text LUA TXT "latlonloc()"\nloc LUA LOC "latlonloc()"\nlatlon LUA TXT "latlon()"',
      `twenty LUA A "pickclosest({${twenty}})"`,
      `up LUA A "ifportup(${open}, ${three}, {selector='pickclosest'})"`,
      `backup LUA A "ifportup(${shut}, ${three}, {backupSelector='pickclosest'})"`,
      `steered LUA A ";if country({'JP', 'US'}) then return ifportup(${open}, {'127.0.0.3', '127.0.0.2'}, {selector='pickclosest'}) end return '192.0.2.1'"`,
      '',
    ].join('\n')
  }

  beforeAll(async () => {
    open = await freePort()
    for (const host of ['127.0.0.1', '127.0.0.2']) {
      const server = createServer((socket) => void socket.end()).listen(open, host)
      await once(server, 'listening')
      servers.push(server)
    }
    const mmdb = [join(folder.path, 'city.mmdb'), join(folder.path, 'asn.mmdb')] as const
    const aliases = ['::ffff:0:0/96', '2002::/16']
    writeFileSync(mmdb[0], writeMmdb(CITY_ROWS, { aliases }))
    writeFileSync(mmdb[1], writeMmdb(ASN_ROWS, { aliases, type: 'Test-ASN' }))
    database = must(databaseOfFiles(mmdb))
    const text = zoneText(await freePort())
    zone = must(compileSource({ file: `${ORIGIN}.zone`, text }, () => ({ ok: false, error: 'no file' }))).zone
    const databases = mmdb.map((file) => `mmdb:${file}`).join(' ')
    const settings = { launch: 'bind,geoip', 'geoip-database-files': databases, 'lua-health-checks-interval': '1' }
    const files = { [`${ORIGIN}.zone`]: text, [`${EXPORT}.zone`]: exportedOf(exported.document) }
    pdns = await startPowerDns(files, settings)
    theirs = askUdp(pdns.port)
  })
  afterAll(async () => {
    for (const server of servers) server.close()
    await pdns?.stop()
    folder.remove()
  })

  /** Targets that listen are up, as in PowerDNS. */
  const healthOf = ({ conditions }: LocalZone): Health => {
    const isUp = ({ host, port }: Probe): boolean => port === open && host !== '127.0.0.3'
    const targets = conditions.map(({ probe }) => {
      const state = { ...UNPROBED, state: isUp(probe) ? 'up' : 'down', since: 1, at: 1 } as const
      return [probe.id, state] as const
    })
    return new Health([{ name: 'test', at: 1000, targets: new Map(targets) }], [], 1000)
  }
  const random = seeded(1)
  const ours: Ask = async (name, type, options) => {
    const context = { connection: address('127.0.0.1'), database, health: healthOf(zone), random }
    return decode(
      Buffer.from(
        replyTo(new Uint8Array(queryOf(name, type, options)), contextOf([zone, exported.zone], context)).message,
      ),
    )
  }

  const both = <T>(read: (reply: DecodedPacket) => T, name: string, type: string, subnet: string | undefined) => {
    // dns-packet does not know LOC, and returns the octets of unknown types.
    const asked = [
      name.endsWith(EXPORT) ? name : `${name}.${ORIGIN}`,
      type === 'LOC' ? 'UNKNOWN_29' : type,
      subnet === undefined ? {} : { subnet },
    ] as const
    return Promise.all([ours(...asked).then(read), theirs(...asked).then(read)])
  }
  // AA beside SERVFAIL is not a model.
  const linesOf = (reply: DecodedPacket) => (rcodeOf(reply) === 'SERVFAIL' ? ['SERVFAIL'] : summary(reply))

  async function same(name: string, type: string, clients: readonly (string | undefined)[] = CLIENTS): Promise<void> {
    const asked = await pooled(clients, (client) => both(linesOf, name, type, client))
    expect(asked.map(([mine], i) => [clients[i], ...mine])).toEqual(
      asked.map(([, oracle], i) => [clients[i], ...oracle]),
    )
  }

  test.each(PLACE_CASES.map(([type, code], i) => [type, code, `c${i}`] as const))(
    'gives the same: %s %s',
    (type, _, name) => same(name, type),
  )
  test.each(Object.keys(EXPORTED))('answers the exported document equally: %s', async (name) => {
    await same(`${name}.${EXPORT}`, 'A')
    await same(`${name}.${EXPORT}`, 'A', SPOT_CLIENTS.slice(0, 100))
  })
  test.each(MAGIC_NAMES)('returns the same %s of %s', (type, name) => same(name, type))

  test('distinguishes its clients, so that the comparison is meaningful', async () => {
    const answers = await pooled(CLIENTS, async (client) => (await both(linesOf, 'latlon', 'TXT', client))[0].join())
    expect(new Set(answers).size).toBeGreaterThan(12)
  })

  describe('random locations', () => {
    test.each([
      ['latlon', 'TXT'],
      ['text', 'TXT'],
      ['twenty', 'A'],
    ])('returns the same %s %s', (name, type) => {
      // PowerDNS wraps at the date line in one direction only: see the differences.
      const isNear = (client: string) => name !== 'twenty' || !isWest(client)
      return same(name, type, SPOT_CLIENTS.filter(isNear))
    })

    test('returns the same LOC, except for tiny values', async () => {
      const texts = await pooled(SPOT_CLIENTS, (client) =>
        both((reply) => linesOf(reply).join(), 'text', 'TXT', client),
      )
      const clients = SPOT_CLIENTS.filter((_, i) => !texts[i]?.[0].includes('e-'))
      expect(clients.length).toBeGreaterThan(200)
      await same('loc', 'LOC', clients)
    })
  })
  const isWest = (client: string): boolean =>
    (database.lookup(address(client.replace(/\/.*/, ''))).place.longitude ?? 0) < 0

  test.each(TIES.map((tie, i) => [...tie, `tie${i}`] as const))(
    'draws among those equally near: %s for %s',
    async (_, client, tied, name) => {
      const drawn = await times(40, () => both(answerOf, name, 'A', client))
      for (const side of [0, 1]) expect([...new Set(drawn.map((pair) => pair[side]))].sort()).toEqual([...tied].sort())
    },
  )

  test.each(DIFFERENCES.map((difference, i) => [...difference, `d${i}`] as const))(
    'differs: %s (%s %s)',
    async (_, type, __, client, mine, oracle, name) => {
      expect(await both(answerOf, name, type, client)).toEqual([mine, oracle])
    },
  )

  test.each(['up', 'steered', 'backup'])(
    'returns to every client the same nearest target that is up: %s',
    async (name) => {
      const agree = async () => {
        const asked = await pooled(CLIENTS, (client) => both(answerOf, name, 'A', client))
        return asked.every(([mine, oracle]) => mine === oracle)
      }
      // It probes a second after the first query. If the two never agree, the test prints the difference.
      await until('PowerDNS has looked', agree, 8000).catch(() => {})
      await same(name, 'A')
      const given = await pooled(CLIENTS, (client) => both(answerOf, name, 'A', client))
      expect(new Set(given.map(([mine]) => mine)).size).toBeGreaterThan(1)
    },
  )

  /** PowerDNS gives every LUA answer the source length as its scope. */
  test.each([
    ['latlon', 'TXT', '10.1.2.0/24', 25, 24],
    ['latlon', 'TXT', '10.200.0.0/16', 9, 16],
    ['up', 'A', '2001:db8:1:8000::/56', 48, 56],
    ['backup', 'A', '192.0.2.128/25', 24, 25],
  ])('differs in the scope of %s %s for %s: %i, PowerDNS %i', async (name, type, client, mine, oracle) => {
    expect(await both(subnetOf, name, type, client)).toEqual([`${client}/${mine}`, `${client}/${oracle}`])
  })
})

/** The data of the one record; `SERVFAIL`. */
function answerOf(reply: DecodedPacket): string {
  const [record] = reply.answers ?? []
  const data: unknown = record && 'data' in record ? record.data : rcodeOf(reply)
  if (Array.isArray(data)) return `"${Buffer.concat(data as Buffer[]).toString('latin1')}"`
  return Buffer.isBuffer(data) ? data.toString('hex') : String(data)
}
