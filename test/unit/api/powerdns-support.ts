import { Hono } from 'hono'
import { authentication } from '../../../src/api/authentication.ts'
import type { ApiEnv } from '../../../src/api/index.ts'
import { powerdnsRoutes } from '../../../src/api/powerdns/index.ts'
import { createKey, type KeyStorage, parseNewKey } from '../../../src/keys/index.ts'
import { MemoryLedgers } from './memory-ledgers.ts'

export const KEY = 'the-first-key-of-the-tests'

/** PowerDNS's API over ledgers and keys in memory. */
export class ApiBench {
  readonly ledgers = new MemoryLedgers()
  /** Thrown by every call of the ledgers, if it is set. */
  fault: Error | undefined
  private readonly keys = new Map<string, string>()
  private readonly app = new Hono<ApiEnv>().use('/api/*', authentication()).route('/', powerdnsRoutes())

  /** Makes a key with these scopes, as texts, and returns its secret. */
  async key(name: string, ...scopes: readonly string[]): Promise<string> {
    const wanted = parseNewKey({ name, scopes }, Date.now())
    if (!wanted.ok) throw new Error(wanted.error)
    const made = await createKey(this.storage, wanted.value, Date.now(), (octets) => crypto.getRandomValues(octets))
    if (!made.ok) throw new Error(made.error.why)
    return made.value.secret
  }

  /** Sends a request for a path. */
  fetch = async (path: string, init: RequestInit): Promise<Response> =>
    this.app.fetch(new Request(`https://gslb.test${path}`, init), this.env)

  private readonly storage: KeyStorage = {
    get: async (key) => this.keys.get(key),
    getAll: async (keys) => new Map([...this.keys].filter(([key]) => keys.includes(key))),
    list: async (prefix) => [...this.keys.keys()].filter((key) => key.startsWith(prefix)),
    put: async (key, value) => void this.keys.set(key, value),
    delete: async (key) => void this.keys.delete(key),
  }

  private readonly env = {
    apiKey: KEY,
    keys: this.storage,
    people: undefined,
    ledgers: {
      zone: (origin: string) => {
        if (this.fault) throw this.fault
        return this.ledgers.zone(origin)
      },
      list: async () => {
        if (this.fault) throw this.fault
        return this.ledgers.list()
      },
    },
  } as unknown as ApiEnv['Bindings']
}
