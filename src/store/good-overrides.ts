import { parseOverrides } from '../health/index.ts'
import { GOOD_OVERRIDES_KEY, OVERRIDES_KEY } from './shapes.ts'

/**
 * Keeps a copy of overrides that are valid: an isolate that begins while a person has put damaged ones into KV uses
 * them, as those do that have them in memory. It writes only on a change.
 */
export async function keepGoodOverrides(kv: KvText): Promise<void> {
  const text = (await kv.get(OVERRIDES_KEY, 'text')) ?? NO_OVERRIDES
  if (!parseOverrides(text).ok) return
  const kept = (await kv.get(GOOD_OVERRIDES_KEY, 'text')) ?? NO_OVERRIDES
  if (kept !== text) await kv.put(GOOD_OVERRIDES_KEY, text)
}

type KvText = {
  get(key: string, type: 'text'): Promise<string | null>
  put(key: string, value: string): Promise<void>
}

const NO_OVERRIDES = '{"overrides":[]}'
