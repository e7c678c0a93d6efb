import { Health, type HealthReport, type LiveOverride, liveOverrides } from '../../health/index.ts'
import { err, ok, type Result } from '../../result.ts'
import type { ApiClient } from '../api/client.ts'
import type { OverridesKv } from './override.ts'

/** Reads and writes the overrides through the API. A write fails if somebody has changed them since they were read. */
export function overridesThroughApi(api: ApiClient): OverridesKv {
  const path = '/api/v1/overrides'
  let etag: string | undefined
  return {
    async get() {
      const read = await api.call({ path })
      if (!read.ok) return err(read.error.why)
      etag = read.value.reply.header('etag')
      return ok(read.value.reply.text)
    },
    async put(rows, anyway = false) {
      const headers = { 'Content-Type': 'application/json', ...(etag !== undefined && { 'If-Match': etag }) }
      for (const { value } of rows) {
        const body = typeof value === 'string' ? value : new TextDecoder().decode(value)
        const written = await api.call({ method: 'PUT', path: anyway ? `${path}?force=true` : path, headers, body })
        if (!written.ok) return err(written.error.why)
      }
      return ok(true)
    },
    close: async () => {},
  }
}

/**
 * Returns what reads health through the API: the measured states, or those that a guard holds, as if nothing else were
 * known.
 */
export const healthThroughApi =
  (api: ApiClient) =>
  async (_kv: unknown, overrides: readonly LiveOverride[], now: number): Promise<Result<Health>> => {
    const read = await api.call({ path: '/api/v1/health' })
    if (!read.ok) return err(read.error.why)
    const { targets } = JSON.parse(read.value.reply.text) as Pick<HealthReport, 'targets'>
    const measured = targets.flatMap(({ check, target, real, held }) => {
      const force = held ? 'up' : real
      return force === 'unknown' ? [] : [{ check, target, force, by: 'probes', why: 'measured' } as const]
    })
    return ok(new Health([], [...liveOverrides(measured), ...overrides], now))
  }
