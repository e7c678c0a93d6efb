import { err, ok } from '../../result.ts'
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
    async put(rows) {
      const headers = { 'Content-Type': 'application/json', ...(etag !== undefined && { 'If-Match': etag }) }
      for (const { value } of rows) {
        const body = typeof value === 'string' ? value : new TextDecoder().decode(value)
        const written = await api.call({ method: 'PUT', path, headers, body })
        if (!written.ok) return err(written.error.why)
      }
      return ok(true)
    },
    close: async () => {},
  }
}
