import { seededRng } from '../src/policy/index.ts'
import { answer } from '../src/zone/index.ts'
import { contextFor, zoneOf } from './engine.ts'
import { queryMessage, SOA } from './messages.ts'
import { type Row, ratio, timeOf } from './ratio.ts'

const LIMIT = 1.5
const FEW = 10
const MANY = 100_000

/**
 * The number of different questions, for both zones. They fit in the processor's caches, since the comparison is of the
 * look-up, not of main memory.
 */
const QUESTIONS = 100

/** Compares look-ups in a zone of 100,000 names and one of 10, and in views of as many networks. */
export async function scaleRows(): Promise<Row[]> {
  const options = { times: 4000, rounds: 41, warmUp: 40_000 }
  const names = 'engine: zone of 100,000 names / of 10'
  const networks = 'engine: view of 100,000 networks / of 10'
  return [
    await ratio(names, LIMIT, lookups(MANY), lookups(FEW), options),
    await ratio(networks, LIMIT, views(MANY), views(FEW), options),
  ]
}

function lookups(names: number) {
  const name = (i: number) => `host-${String(i).padStart(6, '0')}`
  const records = Object.fromEntries(Array.from({ length: names }, (_, i) => [name(i), { A: `192.0.2.${i % 256}` }]))
  const context = contextFor(zoneOf({ origin: 'example.com', ttl: 300, soa: SOA, records }))
  const random = seededRng(2)
  const messages = Array.from({ length: QUESTIONS }, () => {
    return new Uint8Array(queryMessage(`${name(Math.floor(random() * names))}.example.com`))
  })
  return timeOf((i) => answer(messages[i % QUESTIONS] as Uint8Array, context))
}

function views(networks: number) {
  const rules = Array.from({ length: networks }, (_, i) => ({
    networks: [`${10 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24`],
    answer: `192.0.2.${i % 250}`,
  }))
  const records = { www: { A: { kind: 'view', rules, otherwise: '198.51.100.1' } } }
  const context = contextFor(zoneOf({ origin: 'example.com', ttl: 300, soa: SOA, records }))
  const random = seededRng(3)
  const octet = () => Math.floor(random() * 256)
  const messages = Array.from({ length: QUESTIONS }, () => {
    return new Uint8Array(
      queryMessage('www.example.com', 'A', `${10 + Math.floor(random() * 2)}.${octet()}.${octet()}.0`),
    )
  })
  return timeOf((i) => answer(messages[i % QUESTIONS] as Uint8Array, context))
}
