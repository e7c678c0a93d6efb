import { err, ok, type Result } from '../../result.ts'
import { ALIASES_KEY, OutsideCopy } from '../../store/index.ts'
import type { Outside } from '../../zone/index.ts'
import type { Kv } from './kv.ts'

/** Reads what the Worker knows of names outside the zones, as of `now`. The command asks no server itself. */
export async function readOutside(kv: Kv, now: number): Promise<Result<Outside>> {
  const text = await kv.get(ALIASES_KEY)
  if (!text.ok) return err(`the addresses of names outside the zones could not be read: ${text.error}`)
  let problem: string | undefined
  const copy = new OutsideCopy(
    { get: async () => text.value ?? null },
    {
      ...{ refreshMs: Number.MAX_SAFE_INTEGER, clock: () => now },
      ask: async () => err('the Worker has not asked for it yet'),
      log: (event) => {
        if ('why' in event) problem = event.why
      },
    },
  )
  await copy.refresh(now, () => {})
  if (problem !== undefined)
    return err(`${problem} (the key "${ALIASES_KEY}"); the Worker replaces it at its next tick`)
  return ok((name, type) => copy.find(name, type, { now, waitUntil: () => {}, isFinal: true }))
}
