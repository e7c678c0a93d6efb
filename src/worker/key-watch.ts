import { opener } from '../dnssec/index.ts'
import { inTime, type WaitUntil } from '../store/index.ts'
import { readKeySet } from '../store/key-rings.ts'
import { type KeyFinding, KeyWatch } from '../zone-keys/index.ts'
import type { Env } from './env.ts'
import { forwardSettingsOf } from './forward-settings.ts'
import { snapshotFor } from './isolate.ts'
import { parentOf } from './zone-ledger.ts'

/** The isolate's own. */
let watch: KeyWatch | undefined

/** A look waits so long for the parents of zones. Later answers are there for the next look. */
const WAIT_MS = 2000

/** Returns what is known of the keys of signed zones, for the status and for metrics. Never rejects. */
export async function keyFindings(env: Env, waitUntil: WaitUntil): Promise<readonly KeyFinding[]> {
  const signed = new Map<string, string>()
  for (const [origin, { dnssec }] of snapshotFor(env).published) if (dnssec !== undefined) signed.set(origin, dnssec)
  watch ??= new KeyWatch({
    read: (origin, hash) => readKeySet(env.GSLB, origin, hash),
    opener: (origin) => opener(origin, env.DNSSEC_SECRET),
    ...(forwardSettingsOf(env).upstreams.length > 0 && { parent: (origin: string) => parentOf(env, origin) }),
    clock: Date.now,
  })
  const done = watch.refresh(signed)
  waitUntil(done)
  await inTime(done, WAIT_MS).catch(() => undefined)
  return watch.findings()
}
