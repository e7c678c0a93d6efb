import { hash } from 'node:crypto'
import { type DecodedPacket, decode, encode, RECURSION_DESIRED } from 'dns-packet'
import type { PublishKv } from '../../../src/cli/kv/kv.ts'
import { NO_HEALTH } from '../../../src/health/index.ts'
import { err, ok } from '../../../src/result.ts'
import { compiledOf, inOneDeadline, type Publication, Snapshot, sourceOf } from '../../../src/store/index.ts'
import { compileZone, countProbes, type ZoneDocument, type Zones } from '../../../src/zone/index.ts'
import { answer } from '../both-forms.ts'
import { address, must } from '../support.ts'

type Value = { readonly value: string | Uint8Array; readonly metadata: unknown }
export type Op = readonly ['get' | 'list' | 'put' | 'delete', string]

/** Thrown where a writer dies. */
export class Died extends Error {}

/** Workers KV in memory, as the binding and as commands have it. Every operation on a key is told before it is made. */
export class MemoryKv {
  readonly values = new Map<string, Value>()
  readonly ops: Op[] = []
  /** Keys that were asked for, whether they were given out or not. */
  readonly reads: string[] = []
  /** Called before each operation; may throw, or wait. */
  before: (op: Op) => void | Promise<void> = () => {}

  put = async (key: string, value: string | Uint8Array, options: { metadata?: unknown } = {}): Promise<void> => {
    await this.told(['put', key])
    this.values.set(key, { value, metadata: options.metadata ?? null })
  }

  delete = async (key: string): Promise<void> => {
    await this.told(['delete', key])
    this.values.delete(key)
  }

  get = async (keys: string | string[], options?: string | { readonly type?: string }) => {
    const type = typeof options === 'string' ? options : options?.type
    return this.bulk(keys, (stored) => (stored ? (type === 'arrayBuffer' ? octetsIn(stored) : textIn(stored)) : null))
  }

  getWithMetadata = async (keys: string | string[]) =>
    this.bulk(keys, (stored) =>
      stored ? { value: textIn(stored), metadata: stored.metadata } : { value: null, metadata: null },
    )

  list = async ({ prefix }: { prefix: string }) => {
    await this.told(['list', prefix])
    const found = [...this.values].filter(([name]) => name.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1))
    return { keys: found.map(([name, { metadata }]) => ({ name, metadata })), list_complete: true }
  }

  /** As `publish` has it. A row or key that fails leaves those before it written: KV has no transactions. */
  get commands(): PublishKv {
    const tried = async <T>(work: () => Promise<T>) => {
      try {
        return ok(await work())
      } catch (error) {
        return err(String(error))
      }
    }
    return {
      get: (key) =>
        tried(async () => (await this.get(key)) as string | undefined).then((r) =>
          r.ok ? ok(r.value ?? undefined) : r,
        ),
      getAll: (keys) =>
        tried(async () => {
          const found = (await this.get([...keys])) as ReadonlyMap<string, string | null>
          return new Map([...found].flatMap(([key, value]) => (value === null ? [] : [[key, value] as const])))
        }),
      list: (prefix) => tried(async () => (await this.list({ prefix })).keys),
      put: (rows) =>
        tried(async () => {
          for (const { key, value, metadata } of rows) await this.put(key, value, { metadata })
          return true as const
        }),
      delete: (keys) =>
        tried(async () => {
          for (const key of keys) await this.delete(key)
          return true as const
        }),
      getBytes: (key) => tried(async () => ((await this.get(key, 'arrayBuffer')) as ArrayBuffer | null) ?? undefined),
      putBytes: (key, value) =>
        tried(async () => {
          await this.put(key, value)
          return true as const
        }),
      close: async () => {},
    }
  }

  /** The text under a key. */
  textOf(key: string): string | undefined {
    const stored = this.values.get(key)
    return stored && textIn(stored)
  }

  copy(): MemoryKv {
    const copy = new MemoryKv()
    for (const [key, value] of this.values) copy.values.set(key, value)
    return copy
  }

  /** Writes since the last time that this was asked. */
  writes(): Op[] {
    return this.ops.splice(0).filter(([kind]) => kind === 'put' || kind === 'delete')
  }

  private async bulk<T>(keys: string | string[], of: (stored: Value | undefined) => T): Promise<unknown> {
    for (const key of Array.isArray(keys) ? keys : [keys]) await this.told(['get', key])
    if (!Array.isArray(keys)) return of(this.values.get(keys))
    return new Map(keys.map((key) => [key, of(this.values.get(key))]))
  }

  private async told(op: Op): Promise<void> {
    if (op[0] === 'get') this.reads.push(op[1])
    await this.before(op)
    this.ops.push(op)
  }
}

const textIn = ({ value }: Value): string => (typeof value === 'string' ? value : new TextDecoder().decode(value))
const octetsIn = ({ value }: Value): ArrayBuffer =>
  (typeof value === 'string' ? new TextEncoder().encode(value) : value.slice()).buffer as ArrayBuffer

/** A zone that says which version it is, by its address. `more` are other records. */
export const zoneOf = (origin: string, version: number, more: object = {}) => ({
  origin,
  ttl: 300,
  soa: { mname: 'ns', rname: 'root', serial: version, refresh: 3600, retry: 900, expire: 604_800, minimum: 60 },
  records: { www: { A: `192.0.2.${version}` }, ...more },
})

export const publication = (origin: string, version: number, more: object = {}): TestPublication =>
  publicationOf(zoneOf(origin, version, more))

/** A publication, and the text of its document. */
type TestPublication = Publication & { readonly text: string }

/** A document as `publish` writes it. @param sizes of the parts of the compiled zone */
export function publicationOf(
  document: { readonly origin: string },
  sizes?: Parameters<typeof compiledOf>[1],
): TestPublication {
  const { zone } = must(compileZone(document))
  return {
    origin: document.origin.replace(/\.$/, '').toLowerCase(),
    serial: zone.serial,
    probes: countProbes(zone),
    asks: zone.asksTargets,
    text: JSON.stringify(document),
    source: () => sourceOf(document as ZoneDocument),
    compiled: () => compiledOf(zone, sizes),
  }
}

/** An isolate that begins now, on a clock of its own. A deadline passes when `late` is called. */
export class TestIsolate {
  now: number
  readonly logged: { event: string; zone?: string; why?: string }[] = []
  readonly snapshot: Snapshot
  /** Milliseconds of each timer that was begun. */
  readonly timers: number[] = []
  /** The call of a timer, and the milliseconds until then. */
  private readonly fire = new Map<() => void, number>()
  private readonly behind: Promise<unknown>[] = []

  constructor(kv: MemoryKv, now = 0) {
    this.now = now
    this.snapshot = new Snapshot(kv as never, {
      ...{ refreshMs: 30_000, vantages: [], platform: 'edge', clock: () => this.now, timer: this.timer },
      log: (event) => this.logged.push(event as (typeof this.logged)[number]),
    })
  }

  /** The answer for www below the origin: the version of the zone, or the rcode. Work behind the answer is done. */
  async ask(origin: string, name = `www.${origin}`): Promise<number | string> {
    const reply = await this.begin(name)
    for (let work = this.behind.shift(); work; work = this.behind.shift()) await work
    return versionOf(reply)
  }

  /** As `ask`, where KV may hang: time passes, timer by timer, as soon as nothing else goes on. */
  async askWhileKvHangs(origin: string, name = `www.${origin}`): Promise<number | string> {
    let reply: DecodedPacket | undefined
    const asked = this.begin(name).then((one) => {
      reply = one
    })
    await idle()
    while (!reply && this.fire.size > 0) {
      this.late(Math.min(...this.fire.values()))
      await idle()
    }
    await asked
    this.behind.length = 0
    return versionOf(reply as unknown as DecodedPacket)
  }

  /** So much time passes for all timers that were begun. */
  late(ms = Number.POSITIVE_INFINITY): void {
    for (const [fire, left] of [...this.fire]) {
      if (left > ms) this.fire.set(fire, left - ms)
      else if (this.fire.delete(fire)) fire()
    }
  }

  private begin(name: string): Promise<DecodedPacket> {
    const { snapshot, now, timer } = this
    const waitUntil = (work: Promise<unknown>) => void this.behind.push(work)
    const message = new Uint8Array(
      encode({ type: 'query', flags: RECURSION_DESIRED, questions: [{ type: 'A', name }] }),
    )
    const ask = (zones: Zones) =>
      answer(message, {
        ...{ zones, connection: address('203.0.113.7'), health: NO_HEALTH, random: () => 0, identity: '' },
      })
    return inOneDeadline({ snapshot, ask, now, waitUntil, timer }, snapshot.prepare(now, waitUntil)).then(
      (answered) => {
        if (answered.kind !== 'reply') throw new Error(answered.kind)
        return decode(Buffer.from(answered.message))
      },
    )
  }

  readonly timer = (ms: number, fire: () => void) => {
    this.timers.push(ms)
    this.fire.set(fire, ms)
    return () => void this.fire.delete(fire)
  }
}

/** Waits until nothing is left to do but what hangs. */
async function idle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
}

/**
 * Hashes at once. Elsewhere other threads do: `idle` would have to wait for them, and each small hash costs a change of
 * threads.
 */
crypto.subtle.digest = async (algorithm, data) => {
  const name = typeof algorithm === 'string' ? algorithm : algorithm.name
  const octets = ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : data
  return Uint8Array.from(hash(name.replace('-', ''), new Uint8Array(octets), 'buffer')).buffer
}

function versionOf(reply: DecodedPacket): number | string {
  const last = reply.answers?.at(-1)
  if (last?.type === 'A') return Number(last.data.split('.')[3])
  return (reply as DecodedPacket & { rcode: string }).rcode
}
