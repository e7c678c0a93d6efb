import packet from 'dns-packet'
import { NO_HEALTH } from '../src/health/index.ts'
import { UNKNOWN_ADDRESS } from '../src/net/index.ts'
import { seededRng } from '../src/policy/index.ts'
import { answer, type Context, compileZone, loadedZones, type Zone } from '../src/zone/index.ts'
import { queryMessage, SOA } from './messages.ts'
import { type Row, ratio, timeOf } from './ratio.ts'
import { storedZone } from './stored.ts'

/** A fifth: parsing, look-up, decision and writing together. */
const LIMIT = 0.2

export const WEIGHTED_PICK = {
  kind: 'weighted',
  members: [
    { weight: 1, answer: '1.2.3.4' },
    { weight: 2, answer: '4.3.2.1' },
  ],
}

/** A ring has as many points as the weights tell: with a hundred times as many each member gets its share. */
const onRing = (member: { weight: number; answer: string }) => ({ ...member, weight: 100 * member.weight })

const ZONE = {
  origin: 'example.com',
  ttl: 300,
  soa: SOA,
  records: {
    '@': { NS: 'ns', MX: ['10 mail', '20 mail2'] },
    ns: { A: '192.0.2.1' },
    src: {
      A: {
        kind: 'view',
        rules: [
          { networks: ['192.168.0.0/16'], answer: '192.168.1.54' },
          { networks: ['0.0.0.0/0'], answer: '192.0.2.1' },
        ],
      },
    },
    pool: {
      A: {
        ttl: [10, 60],
        answer: { kind: 'pool', check: { kind: 'tcp', port: 443 }, select: 'weighted', members: WEIGHTED_PICK.members },
      },
    },
    random: { A: WEIGHTED_PICK },
    hashed: { A: { kind: 'hashed', of: ['1.2.3.4', '4.3.2.1', '1.4.2.3'] } },
    'weighted-hashed': { A: { ...WEIGHTED_PICK, kind: 'weighted-hashed' } },
    ring: { A: { kind: 'consistent-hashed', members: WEIGHTED_PICK.members.map(onRing) } },
  },
}

/** Compares the engine, from octets to octets, with dns-packet, which decodes the same query and encodes the reply. */
export async function engineRows(): Promise<Row[]> {
  const context = contextFor(zoneOf(ZONE))
  const rows: Row[] = []
  for (const [what, message] of [
    ['a static A record', queryMessage('ns.example.com')],
    ['a view by Client Subnet', queryMessage('src.example.com', 'A', '192.168.7.0')],
    ['a weighted pick', queryMessage('random.example.com')],
    ['a weighted pick among those that are up', queryMessage('pool.example.com')],
    ['a pick by the hash of the client', queryMessage('hashed.example.com', 'A', '192.168.7.0')],
    ['a weighted pick by the hash of the client', queryMessage('weighted-hashed.example.com', 'A', '192.168.7.0')],
    ['a consistent pick by the hash of the client', queryMessage('ring.example.com', 'A', '192.168.7.0')],
    ['two MX records', queryMessage('example.com', 'MX')],
    ['a name that does not exist', queryMessage('nothing.example.com')],
  ] as const) {
    const ours = new Uint8Array(message)
    const answered = answer(ours, context)
    if (answered.kind !== 'reply') throw new Error(`no reply: ${answered.kind}`)
    const reply = packet.decode(Buffer.from(answered.message))
    const engine = timeOf(() => answer(ours, context))
    const codec = timeOf(() => {
      packet.decode(message)
      packet.encode(reply)
    })
    const row = `engine / dns-packet decode + encode: ${what}`
    rows.push(await ratio(row, LIMIT, engine, codec, { times: 4000, rounds: 41, warmUp: 40_000 }))
  }
  return rows
}

export const contextFor = (zone: Zone): Context => ({
  zones: loadedZones([zone]),
  connection: UNKNOWN_ADDRESS,
  health: NO_HEALTH,
  random: seededRng(1),
  identity: 'bench',
})

/** The zone as isolates have it: compiled, written, and opened. */
export function zoneOf(document: unknown): Zone {
  const compiled = compileZone(document)
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error[0]))
  return storedZone(compiled.value.zone)
}
