import type { Result } from '../../result.ts'
import { readDocument } from '../kv/documents.ts'
import type { PublishKv } from '../kv/kv.ts'
import type { ReadDocument } from './export.ts'

/** Reads documents that stand in KV, whoever put them there. */
export const documentInKv =
  (open: () => Promise<Result<PublishKv>>): ReadDocument =>
  async (origin) => {
    const kv = await open()
    if (!kv.ok) return kv
    const document = await readDocument(kv.value, origin)
    await kv.value.close()
    return document
  }
