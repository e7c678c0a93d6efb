import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Health } from '../src/health/query-path.ts'
import { MAX_KEPT_NODE_BYTES, MAX_KEPT_NODES, MAX_KEPT_ZONE_BYTES } from '../src/limits.ts'
import { UNKNOWN_ADDRESS } from '../src/net/index.ts'
import { answer, NodeCache, Residents, readHead, StoredZone } from '../src/zone/query-path.ts'
import { hostName } from './hosts.ts'
import { queryMessage } from './messages.ts'

/**
 * `node bench/load-zone.ts HEAD PART NUMBER`: loads a large zone from two files as a new isolate does, its head and the
 * part of one name, up to the first answer, and prints the milliseconds of CPU, those of V8's other threads included.
 */
const [headFile, partFile, number] = process.argv.slice(2)
const headOctets = new Uint8Array(readFileSync(`${headFile}`))
const partOctets = new Uint8Array(readFileSync(`${partFile}`))
const message = new Uint8Array(queryMessage(hostName(Number(number))))
// Node looks the algorithm up at its first use; workerd has it at hand.
hash('sha256', '')

const before = process.cpuUsage()
const keeping = {
  cache: new NodeCache(MAX_KEPT_NODES, MAX_KEPT_NODE_BYTES),
  residents: new Residents(MAX_KEPT_ZONE_BYTES),
}
expectHash(headFile, headOctets)
const head = readHead(headOctets, 'hash')
if (!head.ok) throw new Error(head.error)
const opened = StoredZone.open(head.value, keeping, {})
if (!opened.ok) throw new Error(opened.error)
const zone = opened.value
const context = {
  zones: { find: () => ({ kind: 'loaded', zone }) as const },
  connection: UNKNOWN_ADDRESS,
  health: new Health([], [], 0),
  random: Math.random,
  identity: 'bench',
}
const first = answer(message, context)
if (first.kind !== 'needs-zone' || first.part === undefined) throw new Error(`no part is missing: ${first.kind}`)
expectHash(partFile, partOctets)
const filled = zone.fill(first.part, partOctets, 'hash')
if (!filled.ok) throw new Error(filled.error)
const answered = answer(message, context)
const { user, system } = process.cpuUsage(before)

if (answered.kind !== 'reply' || answered.message[7] !== 1) throw new Error(`no address: ${answered.kind}`)
console.log((user + system) / 1000)

/** Compares a value with the hash that its key ends in, as an isolate does with all that it reads. */
function expectHash(file: string | undefined, octets: Uint8Array): void {
  const own = hash('sha256', octets)
  if (!file?.endsWith(own)) throw new Error(`${file} has the hash ${own}`)
}
