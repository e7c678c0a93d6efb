import { seededRng } from '../src/policy/index.ts'
import { answer } from '../src/zone/index.ts'
import { contextFor, zoneOf } from './engine.ts'
import { hostName } from './hosts.ts'
import { largeValues, zoneIn } from './large-zones.ts'
import { queryMessage, SOA } from './messages.ts'
import { type Cost, type Row, ratio, timeOf } from './ratio.ts'
import { openedZone, storedZone } from './stored.ts'
import { compiledZone, largeZone } from './zones.ts'

const LIMIT = 1.3
const FEW = 10
const NAMES = 1_000_000
const NETWORKS = 100_000

/** The number of different questions, at random in each zone: more than an isolate keeps decoded names. */
const QUESTIONS = 20_000

/** Compares look-ups in a zone of a million names and one of ten, and in views of as many networks. */
export async function scaleRows(): Promise<Row[]> {
  const options = { times: QUESTIONS, rounds: 41, warmUp: 3 * QUESTIONS }
  const { head, parts } = zoneIn(largeValues(NAMES))
  const many = lookups(openedZone(head, parts), NAMES)
  const few = lookups(storedZone(compiledZone(largeZone(FEW, 1))), FEW)
  return [
    await ratio('engine: random names of a zone of 1,000,000 records / of 10', LIMIT, many, few, options),
    await ratio(
      'engine: random clients of a view of 100,000 networks / of 10',
      LIMIT,
      views(NETWORKS),
      views(FEW),
      options,
    ),
  ]
}

function lookups(zone: Parameters<typeof contextFor>[0], names: number): Cost {
  const context = contextFor(zone)
  const random = seededRng(2)
  return answering(context, () => queryMessage(hostName(Math.floor(random() * names))))
}

function views(networks: number): Cost {
  const rules = Array.from({ length: networks }, (_, i) => ({
    networks: [`${10 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24`],
    answer: `192.0.2.${i % 250}`,
  }))
  const records = { www: { A: { kind: 'view', rules, otherwise: '198.51.100.1' } } }
  const context = contextFor(zoneOf({ origin: 'example.com', ttl: 300, soa: SOA, records }))
  const random = seededRng(3)
  const octet = () => Math.floor(random() * 256)
  return answering(context, () =>
    queryMessage('www.example.com', 'A', `${10 + Math.floor(random() * 2)}.${octet()}.${octet()}.0`),
  )
}

/** Asks as many different questions, in turn. */
function answering(context: ReturnType<typeof contextFor>, messageOf: () => Uint8Array): Cost {
  const messages = Array.from({ length: QUESTIONS }, () => new Uint8Array(messageOf()))
  for (const message of messages) {
    const answered = answer(message, context)
    if (answered.kind !== 'reply' || answered.message[7] !== 1) throw new Error(`no address: ${answered.kind}`)
  }
  return timeOf((i) => answer(messages[i % QUESTIONS] as Uint8Array, context))
}
