import { readFileSync } from 'node:fs'
import { parseName } from '../src/dns/query-path.ts'
import { Snapshot } from '../src/store/query-path.ts'

/**
 * Takes the catalog on standard input as an isolate does, finds a zone in it, and takes the same catalog again. Prints
 * the milliseconds of CPU of each. A catalog of one zone comes before, so that the start of the code is not counted:
 * other rows have that.
 */
const octets = readFileSync(0)
const SMALL = '{"zones":{"zone-7.example7.net":{"serial":1,"hash":"a","zone":"b"}}}'
// Two texts, as two reads of KV return them: one would be compared by its address.
const texts = [octets.toString('latin1'), octets.toString('latin1')]
const name = parseName('www.zone-7.example7.net.')
if (!name.ok) throw new Error(name.error)
const { key } = name.value

function isolate(values: string[]): (now: number) => Promise<number> {
  const kv = { getWithMetadata: async () => ({ value: values.shift() ?? null, metadata: null }) }
  let clock = 0
  const options = { refreshMs: 30_000, vantages: [], platform: 'edge' as const, clock: () => clock, log: () => {} }
  const snapshot = new Snapshot(kv as never, options)
  return async (now) => {
    clock = now
    const before = process.cpuUsage()
    await snapshot.prepare(now, () => {})
    const found = snapshot.zones(now).find(key)
    const { user, system } = process.cpuUsage(before)
    if (found?.kind !== 'unloaded') throw new Error(`the zone is ${found?.kind}; expected that it waits to be loaded`)
    return (user + system) / 1000
  }
}

await isolate([SMALL])(0)
const take = isolate(texts)
console.log(JSON.stringify({ first: await take(0), again: await take(120_000) }))
