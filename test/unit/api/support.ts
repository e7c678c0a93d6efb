import { createApi, type HealthReply, type KeyedEnv } from '../../../src/api/index.ts'
import { createKey, type KeyStorage, parseNewKey } from '../../../src/keys/index.ts'
import { pseudoRandom, storageWith } from '../keys/support.ts'
import { must } from '../support.ts'

export const API_KEY = 'the key of the tests'

export type Bindings = KeyedEnv['Bindings']

const done = async (): Promise<HealthReply> => ({ status: 200, body: { done: true } })

/** Calls about health that do nothing. */
const health: Bindings['health'] = {
  ...{ hasAgents: false, agentSecret: () => undefined },
  ...{ health: done, overrides: done, putOverrides: done, push: done, agentProbes: done, agentReport: done },
  ...{ events: done, history: done, notifications: done, testNotification: done },
  ...{
    metrics: async (form) => `${form}\n`,
    liveness: async () => 'ok',
    pools: async () => new Map(),
    deployment: done,
  },
}

/** An API with keys in memory. */
export class Api {
  private readonly app = createApi()
  readonly env: Bindings
  private readonly fill = pseudoRandom()

  constructor(env: Partial<Bindings> = {}) {
    this.env = { apiKey: API_KEY, keys: storageWith(), people: undefined, health, ...env }
  }

  /** Makes a key. @returns its secret */
  async keyWith(...scopes: readonly string[]): Promise<string> {
    const wanted = must(parseNewKey({ name: `key-${++this.made}`, scopes }, Date.now()))
    return must(await createKey(this.env.keys, wanted, Date.now(), this.fill)).secret
  }
  private made = 0

  async fetch(method: string, path: string, headers: Readonly<Record<string, string>> = {}, body?: string) {
    const init = {
      method,
      headers: { 'cf-connecting-ip': '192.0.2.7', ...headers },
      ...(body !== undefined && { body }),
    }
    return this.app.fetch(new Request(`https://gslb.test${path}`, init), this.env)
  }

  /** Asks with a key, and reads the reply as JSON. */
  async ask(method: string, path: string, secret: string, body?: object) {
    const response = await this.fetch(method, path, { 'x-api-key': secret }, body && JSON.stringify(body))
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: text === '' ? undefined : JSON.parse(text),
    }
  }
}

export const failingStorage = (error = 'KV is down: secret detail'): KeyStorage => {
  const fail = () => Promise.reject(new Error(error))
  return { get: fail, getAll: fail, list: fail, put: fail, delete: fail }
}
