import { Health, type Override, type Platform, parseOverrides, type Vantage } from '../../health/index.ts'
import { err, ok, type Result } from '../../result.ts'
import { healthKey, OVERRIDES_KEY, parseSealed } from '../../store/index.ts'
import type { Kv } from './kv.ts'

/**
 * Reads health as the Worker does: the documents of the vantage points, and the overrides.
 * @param names of the vantage points, since keys are not listed; @param platform of the Worker
 */
export async function readHealth(
  kv: Kv,
  names: readonly string[],
  now: number,
  platform: Platform,
): Promise<Result<Health>> {
  const vantages: Vantage[] = []
  for (const name of names) {
    const text = await kv.get(healthKey(name))
    if (!text.ok) return err(`health could not be read: ${text.error}`)
    if (text.value === undefined) continue
    const parsed = await parseSealed(text.value)
    if (!parsed.ok) return err(`${parsed.error} (the document of ${name}); ${name} replaces it at its next probe`)
    vantages.push({ ...parsed.value, name })
  }
  const overrides = await readForced(kv)
  return overrides.ok ? ok(new Health(vantages, overrides.value, now, platform)) : overrides
}

async function readForced(kv: Kv): Promise<Result<readonly Override[]>> {
  const text = await kv.get(OVERRIDES_KEY)
  if (!text.ok) return err(`the overrides could not be read: ${text.error}`)
  const parsed = parseOverrides(text.value ?? '{"overrides":[]}')
  return parsed.ok ? parsed : err(`${parsed.error}; see "npx edge-gslb override list"`)
}
