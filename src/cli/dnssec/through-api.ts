import { err, ok, type Result } from '../../result.ts'
import type { KeyStatus } from '../../zone-keys/index.ts'
import type { ApiClient, Call } from '../api/client.ts'
import { isObject } from '../api/fault.ts'
import { listZones, zonePath } from '../api/zones.ts'
import type { DnssecStore } from './store.ts'

/** The keys of zones through the API of a Worker, which has the secret. */
export function keysThroughApi(api: ApiClient): DnssecStore {
  const pathOf = (origin: string): string => `${zonePath(`${origin}.`)}/dnssec`
  const read = async <T>(call: Call, of: (body: unknown) => T | undefined): Promise<Result<T>> => {
    const answered = await api.call(call)
    if (!answered.ok) return err(answered.error.why)
    const value = of(answered.value.reply.body)
    return value === undefined
      ? err(`${api.where} did not answer with keys; is it edge-gslb of this version?`)
      : ok(value)
  }
  return {
    where: api.where,
    async zones() {
      const zones = await listZones(api)
      return zones.ok ? ok(zones.value.map(({ origin }) => origin.slice(0, -1))) : err(zones.error.why)
    },
    status: (origin) => read({ path: pathOf(origin) }, statusIn),
    change: (origin, change) =>
      read(
        {
          ...{ method: 'POST', path: pathOf(origin), body: JSON.stringify(change) },
          headers: { 'Content-Type': 'application/json' },
        },
        (body) => {
          const status = isObject(body) ? statusIn(body.status) : undefined
          if (!status || !isObject(body) || !Array.isArray(body.told)) return undefined
          return { told: body.told.map(String), status }
        },
      ),
    keySet: async () =>
      err(
        `${api.where} gives out no private keys; expected --remote, or local KV, with its DNSSEC_SECRET in the environment`,
      ),
    close: async () => {},
  }
}

function statusIn(body: unknown): KeyStatus | undefined {
  if (!isObject(body)) return undefined
  const { zone, enabled, keys, ds, warnings } = body
  const isStatus = typeof zone === 'string' && typeof enabled === 'boolean' && [keys, ds, warnings].every(Array.isArray)
  return isStatus ? (body as KeyStatus) : undefined
}
