import { Signer, signReply, unsignable } from '../dnssec/query-path.ts'
import { logEvent } from '../events.ts'
import { KeyRings, type WantedKeys } from '../store/key-rings.ts'
import type { WaitUntil } from '../store/query-path.ts'
import type { Reply, Zone } from '../zone/query-path.ts'
import type { Env } from './env.ts'
import { snapshotFor } from './isolate.ts'

/** The isolate's own, made with the first reply that is signed. */
let isolate: { readonly rings: KeyRings; readonly signer: Signer } | undefined

function isolateSigning(env: Env): NonNullable<typeof isolate> {
  isolate ??= {
    rings: new KeyRings(env.GSLB, { secret: env.DNSSEC_SECRET, clock: Date.now, log: logEvent }),
    signer: new Signer(),
  }
  return isolate
}

/**
 * Signs a reply of which a zone is signed, and goes on with it. Where the keys cannot be had it is SERVFAIL.
 * @param now milliseconds since the epoch, when the query came
 */
export function signThen<T>(
  answered: Reply,
  env: Env,
  now: number,
  waitUntil: WaitUntil,
  goOn: (reply: Reply) => T | Promise<T>,
): T | Promise<T> {
  const signed = signedBy(answered, env, now, waitUntil)
  return signed instanceof Promise ? signed.then(goOn) : goOn(signed)
}

function signedBy(answered: Reply, env: Env, now: number, waitUntil: WaitUntil): Reply | Promise<Reply> {
  const { rings, signer } = isolateSigning(env)
  const snapshot = snapshotFor(env)
  const wantedFor = ({ origin: { key } }: Zone): WantedKeys | undefined => {
    const hash = snapshot.keysOf(key)
    return hash === undefined ? undefined : { origin: key, hash }
  }
  const keysOf = (zone: Zone) => {
    const wanted = wantedFor(zone)
    return wanted ? (rings.find(wanted, now, waitUntil) ?? 'not-here') : 'unsigned'
  }
  const sign = () => signReply(answered, { keysOf, signer, now })
  const signed = sign()
  if (signed.kind === 'done') return signed.reply
  const wanted = signed.zones.flatMap((zone) => wantedFor(zone) ?? [])
  return rings.load(wanted, now, waitUntil).then(() => {
    const again = sign()
    return again.kind === 'done' ? again.reply : unsignable(answered, 'the keys of the zone cannot be used')
  })
}
