import type { ApiEnv } from '../../../src/api/index.ts'
import { createApi } from '../../../src/api/index.ts'
import { createKey, type KeyStorage, parseNewKey } from '../../../src/keys/index.ts'
import type { LedgerCalls, Ledgers, ListedZone } from '../../../src/ledger/index.ts'
import { Bench } from '../ledger/support.ts'
import { MemoryKv } from '../store/kv-memory.ts'

export const KEY = 'the-first-key-of-the-tests'

/** The API over real ledgers on the SQLite of Node, and KV in memory. */
export class ApiBench {
  readonly kv = new MemoryKv()
  readonly benches = new Map<string, Bench>()
  /** Thrown by every call of the ledgers, if it is set. */
  fault: Error | undefined
  private readonly app = createApi()

  private readonly ledgers: Ledgers = {
    zone: (origin) => this.calls(origin),
    keys: (origin) => this.zone(origin).keys,
    list: async () => {
      if (this.fault) throw this.fault
      const listed = [...this.benches.values()].map(({ catalog, origin }) => catalog.listed.get(origin.slice(0, -1)))
      return listed.filter((zone): zone is ListedZone => zone !== null && zone !== undefined)
    },
  }

  private calls(origin: string): LedgerCalls {
    if (this.fault) throw this.fault
    return this.zone(origin).ledger
  }

  /** Returns the ledger of a zone, with what belongs to it. */
  zone(origin: string): Bench {
    const bench = this.benches.get(origin) ?? new Bench(origin, this.kv)
    this.benches.set(origin, bench)
    return bench
  }

  /** Makes a key with these scopes, as texts, and returns its secret. */
  async key(name: string, ...scopes: readonly string[]): Promise<string> {
    const wanted = parseNewKey({ name, scopes }, Date.now())
    if (!wanted.ok) throw new Error(JSON.stringify(wanted.error))
    const made = await createKey(this.storage, wanted.value, Date.now(), (octets) => crypto.getRandomValues(octets))
    if (!made.ok) throw new Error(made.error.why)
    return made.value.secret
  }

  /** Sends a request for a path. */
  fetch = async (path: string, init: RequestInit): Promise<Response> =>
    this.app.fetch(new Request(`https://gslb.test${path}`, init), this.env)

  private readonly storage: KeyStorage = {
    get: async (key) => this.kv.textOf(key),
    getAll: async (keys) =>
      new Map(
        keys
          .flatMap((key) => [[key, this.kv.textOf(key)] as const])
          .filter((one): one is [string, string] => one[1] !== undefined),
      ),
    list: async (prefix) => [...this.kv.values.keys()].filter((key) => key.startsWith(prefix)),
    put: (key, value) => this.kv.put(key, value),
    delete: (key) => this.kv.delete(key),
  }

  private readonly env = {
    apiKey: KEY,
    keys: this.storage,
    people: undefined,
    ledgers: this.ledgers,
  } as unknown as ApiEnv['Bindings']
}
