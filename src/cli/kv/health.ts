import { Health, type LiveOverride, type Platform, parseOverrides, type Vantage } from '../../health/index.ts'
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
  const vantages = await readVantages(kv, names)
  if (!vantages.ok) return vantages
  const overrides = await readForced(kv)
  return overrides.ok ? ok(new Health(vantages.value, overrides.value, now, platform)) : overrides
}

/** Reads the documents of vantage points. One that is not there is left out. */
export async function readVantages(kv: Pick<Kv, 'get'>, names: readonly string[]): Promise<Result<readonly Vantage[]>> {
  const vantages: Vantage[] = []
  for (const name of names) {
    const text = await kv.get(healthKey(name))
    if (!text.ok) return err(`health could not be read: ${text.error}`)
    if (text.value === undefined) continue
    const parsed = await parseSealed(text.value)
    if (!parsed.ok) return err(`${parsed.error} (the document of ${name}); ${name} replaces it at its next probe`)
    vantages.push({ ...parsed.value, name })
  }
  return ok(vantages)
}

async function readForced(kv: Kv): Promise<Result<readonly LiveOverride[]>> {
  const text = await kv.get(OVERRIDES_KEY)
  if (!text.ok) return err(`the overrides could not be read: ${text.error}`)
  const parsed = parseOverrides(text.value ?? '{"overrides":[]}')
  return parsed.ok ? parsed : err(`${parsed.error}; see "npx edge-gslb override list"`)
}
