import type { Served } from '../api/index.ts'
import { parseName } from '../dns/index.ts'
import { askWhole, type WaitUntil } from '../store/index.ts'
import { readKeySet } from '../store/key-rings.ts'
import type { Env } from './env.ts'
import { forwardSettingsOf } from './forward-settings.ts'
import { isolateSettings, snapshotFor } from './isolate.ts'
import { tellAsked } from './tell-asked.ts'

/** Returns the published zones of this isolate, for the questions of people, and of PowerDNS. */
export function servedFrom(env: Env, waitUntil: WaitUntil): Served {
  const { agents, clientSubnet } = isolateSettings(env)
  const snapshot = snapshotFor(env)
  const isolate = { snapshot, waitUntil }
  return {
    ask: (ask, needs) => askWhole(isolate, ask, Date.now(), needs),
    agents: [...agents.keys()],
    asksUpstreams: forwardSettingsOf(env).upstreams.length > 0,
    clientSubnet,
    published: () =>
      askWhole(
        isolate,
        () => Array.from(snapshot.published, ([origin, { serial, hash, since }]) => ({ origin, serial, hash, since })),
        Date.now(),
      ),
    async keySets(origins) {
      const read = await Promise.all(
        origins.map((origin) => {
          const name = parseName(`${origin}.`)
          const hash = name.ok ? snapshot.keysOf(name.value.key) : undefined
          return hash === undefined ? undefined : readKeySet(env.GSLB, origin, hash)
        }),
      )
      return read.flatMap((set) => (set?.ok ? [set.value] : []))
    },
    tell: (asked) => tellAsked(asked, env, Date.now(), waitUntil),
  }
}
