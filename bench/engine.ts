import packet from 'dns-packet'
import { NO_HEALTH } from '../src/health/index.ts'
import { UNKNOWN_ADDRESS } from '../src/net/index.ts'
import { seededRng } from '../src/policy/index.ts'
import { answer, type Context, compileZone, type LocalZone, loadedZones, type Zone } from '../src/zone/index.ts'
import { queryMessage, SOA } from './messages.ts'
import { type Row, ratio, timeOf } from './ratio.ts'

/** One third: look-up and decision must take less than half of the time that our codec saves against dns-packet. */
const LIMIT = 0.333

/** A pool adds a look-up of health, a TTL and a longer trace. */
const POOL_LIMIT = 0.45

export const WEIGHTED_PICK = {
  kind: 'weighted',
  members: [
    { weight: 1, answer: '1.2.3.4' },
    { weight: 2, answer: '4.3.2.1' },
  ],
}

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
    const limit = what.includes('that are up') ? POOL_LIMIT : LIMIT
    rows.push(await ratio(row, limit, engine, codec, { times: 4000, rounds: 41, warmUp: 40_000 }))
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

export function zoneOf(document: unknown): LocalZone {
  const compiled = compileZone(document)
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error[0]))
  return compiled.value.zone
}
