import { UNKNOWN_ADDRESS } from '../src/net/index.ts'
import { EMPTY_CATALOG, formatCatalog, parseCatalog } from '../src/store/catalog.ts'
import { CATALOG_KEY } from '../src/store/index.ts'
import { answerFrom, Snapshot } from '../src/store/query-path.ts'
import { answer, type Zones } from '../src/zone/index.ts'
import { hostName } from './hosts.ts'
import { valuesIn } from './large-zones.ts'
import { queryMessage } from './messages.ts'
import { must } from './stored.ts'
import { SMALL, valuesOf } from './zones.ts'

/**
 * `node bench/reload-zone.ts RECORDS FOLDER FOLDER`: an isolate that answers for two zones takes one version of the
 * large one after the other, and loads all of its parts. Prints, for each reload, the longest time, in milliseconds of
 * this thread's CPU, that a query of the small zone waits for a piece of that work. KV's answers come in turns of the
 * event loop, as in a Worker, and that query is asked in each turn.
 */
const [records, ...folders] = process.argv.slice(2)
const RELOADS = 6
const REFRESH_MS = 30_000
/** Names of the large zone, far enough from each other to be in all parts, near enough that no part has none. */
const NAMES = 1000

const values = new Map<string, Uint8Array>(await valuesOf(SMALL))
const smallZones = zonesOf(values)
/** Compiled zones never change, and stay: the catalog switches between them. */
const catalogs = folders.map((folder) => {
  for (const [key, value] of valuesIn(folder)) values.set(key, value)
  return Buffer.from(formatCatalog({ ...EMPTY_CATALOG, zones: new Map([...smallZones, ...zonesOf(values)]) }))
})

function zonesOf(stored: ReadonlyMap<string, Uint8Array>) {
  return must(parseCatalog(Buffer.from(stored.get(CATALOG_KEY) as Uint8Array).toString())).zones
}

let now = Date.now()
let longest = 0
let loaded = 0

/** Switches to the next version, once the isolate's copy of the catalog is due. */
function publish(version: number): void {
  values.set(CATALOG_KEY, catalogs[version % catalogs.length] as Buffer)
  now += REFRESH_MS + 1
  longest = 0
}

const inTurn = <T>(make: () => T): Promise<T> => new Promise((resolve) => setImmediate(() => resolve(make())))
const text = (key: string): string | null => {
  const value = values.get(key)
  return value ? Buffer.from(value).toString() : null
}
const read = (keys: string | string[], options: { type: string }): Promise<unknown> =>
  inTurn(() => {
    if (typeof keys !== 'string') return new Map(keys.map((key) => [key, text(key)]))
    const value = values.get(keys)
    return options.type === 'text' ? text(keys) : value ? Uint8Array.from(value).buffer : null
  })
const kv = {
  get: read,
  getWithMetadata: async (key: string, options: { type: string }) => ({
    value: await read(key, options),
    metadata: null,
  }),
  list: () => inTurn(() => ({ keys: [], list_complete: true })),
}
const snapshot = new Snapshot(kv as unknown as ConstructorParameters<typeof Snapshot>[0], {
  ...{ refreshMs: REFRESH_MS, vantages: ['cron'], platform: 'edge', clock: () => now },
  log: (event) => {
    if (event.event !== 'zone-loaded') throw new Error(JSON.stringify(event))
    loaded++
  },
})

const ask = (message: Uint8Array) => {
  const context = (zones: Zones) => ({
    ...{ zones, connection: UNKNOWN_ADDRESS, health: snapshot.health(now), random: Math.random, identity: 'bench' },
  })
  return answerFrom({ snapshot, ask: (zones) => answer(message, context(zones)), now, waitUntil: () => {} })
}

const other = new Uint8Array(queryMessage('src.example.com'))
const names = Array.from({ length: NAMES }, (_, i) => Math.floor(((i + 0.5) / NAMES) * Number(records)))
const messages = names.map((name) => new Uint8Array(queryMessage(hostName(name))))

const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** Asks for the small zone in each turn until `work` has ended. */
async function besides(work: Promise<void>): Promise<void> {
  let isDone = false
  void work.finally(() => {
    isDone = true
  })
  let before = cpuMs()
  while (!isDone) {
    await inTurn(() => {
      longest = Math.max(longest, cpuMs() - before)
    })
    const answered = await ask(other)
    if (answered.kind !== 'reply') throw new Error(answered.kind)
    before = cpuMs()
  }
  await work
}

async function askForAll(): Promise<void> {
  for (const message of messages) {
    const answered = await inTurn(() => ask(message))
    if (answered.kind !== 'reply' || answered.message[7] !== 1) throw new Error(`no address: ${answered.kind}`)
  }
}

publish(0)
await besides(askForAll())
for (let reload = 1; reload <= RELOADS; reload++) {
  publish(reload)
  loaded = 0
  // The first round takes the new version behind its answers; the second finds it there.
  await besides(askForAll())
  await besides(askForAll())
  if (loaded !== 1) throw new Error(`${loaded} versions were loaded`)
  console.log(longest)
}
