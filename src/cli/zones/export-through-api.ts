import { err, ok } from '../../result.ts'
import type { ApiClient } from '../api/client.ts'
import { readZone } from '../api/zones.ts'
import type { ReadDocument } from './export.ts'

/** Reads documents that the API has: the newest ones, which KV may be about to get. */
export const documentFrom =
  (api: ApiClient): ReadDocument =>
  async (origin) => {
    const zone = await readZone(api, `${origin}.`)
    if (!zone.ok) return err(zone.error.why)
    return zone.value
      ? ok(zone.value.document)
      : err(`${api.where} has no zone ${origin}.; expected one that it serves`)
  }
