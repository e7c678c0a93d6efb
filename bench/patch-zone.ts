import { healthCalls } from '../src/lua/index.ts'
import { patternSize } from '../src/re2.ts'
import { type KeptCompiled, recompiledOf, sourceOf } from '../src/store/index.ts'
import { hashText } from '../src/store/shapes.ts'
import { type KeptZone, recompileZone, type ZoneDocument } from '../src/zone/index.ts'
import { compileSource } from '../src/zonefile/index.ts'
import { hostAddress } from './hosts.ts'
import { median } from './ratio.ts'
import { must } from './stored.ts'

/**
 * `node bench/patch-zone.ts plain|mixed`: takes a zone of 10,000 records as the ledger of a zone does, then changes one
 * record after the other: a new document that shares the other names, the compiled zone, the values and the text for
 * KV. Prints CPU in milliseconds: of the whole zone (`loaded`), of the first change, and of later ones, as a median.
 */
const RECORDS = 10_000
const CHANGES = 21
const AIDS = { healthCalls, patternSize }

const ownerOf = (i: number): string => `host-${i}`

/** Records of every hundred names, by turns: 10 LUA records, and 90 of five types. */
function mixedRecord(i: number): string {
  const address = hostAddress(i)
  const at = i % 20
  if (at === 0) return `LUA A "ifportup(443, {'${address}', '192.0.2.${i % 250}'})"`
  if (at === 1) return `LUA A "pickwrandom({{1, '${address}'}, {2, '192.0.2.${i % 250}'}})"`
  if (at < 8) return `AAAA 2001:db8::${i.toString(16)}`
  if (at < 12) return `TXT "record ${i} of a zone"`
  if (at < 14) return `CNAME ${ownerOf(i - 5)}`
  return at < 16 ? `MX 10 mail${i}.example.net.` : `A ${address}`
}

const recordOf = process.argv[2] === 'mixed' ? mixedRecord : (i: number) => `A ${hostAddress(i)}`
const lines = Array.from({ length: RECORDS }, (_, i) => `${ownerOf(i)} ${recordOf(i)}\n`)
const text = `$TTL 300\n@ SOA ns.example.net. host.example.net. 1 1h 15m 1w 300\n@ NS ns.example.net.\n${lines.join('')}`
const noFile = () => ({ ok: false, error: 'no file' }) as const
const { document } = must(compileSource({ file: 'example.com.zone', text }, noFile))

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

type Taken = { readonly zone: KeptZone; readonly compiled: KeptCompiled; readonly ms: number }

/** Takes the document that `make` makes. */
async function take(before: Taken | undefined, make: () => ZoneDocument): Promise<Taken> {
  const start = cpuMs()
  const zone = must(recompileZone(before?.zone, make(), AIDS))
  const compiled = await recompiledOf(before?.compiled, zone.zone)
  await hashText((await sourceOf(zone.document)).text)
  return { zone, compiled, ms: cpuMs() - start }
}

/** Gives one name another address. */
function changed({ soa, records, ...rest }: ZoneDocument, change: number): ZoneDocument {
  const owner = ownerOf((change * 4799) % RECORDS)
  return {
    ...rest,
    soa: { ...soa, serial: soa.serial + 1 },
    records: { ...records, [owner]: { A: `192.0.2.${change}` } },
  }
}

let last = await take(undefined, () => document)
const loaded = last.ms
const times: number[] = []
for (let change = 1; change <= CHANGES; change++) {
  const before = last
  last = await take(before, () => changed(before.zone.document, change))
  times.push(last.ms)
}
const [first, ...later] = times
console.log(JSON.stringify({ loaded, first, later: median(later) }))
