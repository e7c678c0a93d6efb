import { Health, type Override, type Platform, parseOverrides, parseVantage, type Vantage } from '../../health/index.ts'
import { err, ok, type Result } from '../../result.ts'
import { healthKey, OVERRIDES_KEY } from '../../store/index.ts'
import type { Kv } from './kv.ts'

/**
 * Health as the Worker has it: what the vantage points wrote, and what is forced.
 * @param names of the vantage points: KV is not listed for them; @param platform where the Worker runs that reads it
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
    const parsed = parseVantage(text.value)
    if (!parsed.ok) return err(`${parsed.error} (what ${name} wrote); it is written anew when ${name} next probes`)
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
