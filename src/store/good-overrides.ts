import { parseOverrides } from '../health/index.ts'
import type { KvStore } from './reconcile.ts'
import { GOOD_OVERRIDES_KEY, OVERRIDES_KEY } from './shapes.ts'

/**
 * Keeps a copy of overrides that are valid: an isolate that begins while a person has put damaged ones into KV goes by
 * them, as those do that have them in memory. It writes only on a change.
 */
export async function keepGoodOverrides(kv: Pick<KvStore, 'get' | 'put'>): Promise<void> {
  const text = (await kv.get(OVERRIDES_KEY, 'text')) ?? NO_OVERRIDES
  if (!parseOverrides(text).ok) return
  const kept = (await kv.get(GOOD_OVERRIDES_KEY, 'text')) ?? NO_OVERRIDES
  if (kept !== text) await kv.put(GOOD_OVERRIDES_KEY, text)
}

const NO_OVERRIDES = '{"overrides":[]}'
