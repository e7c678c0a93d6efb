import { parseName } from '../dns/index.ts'
import { connectionOf } from '../http/index.ts'
import {
  answerPage as answerLanding,
  candidatesFor,
  type OtherNames,
  questionFor,
  type TestQuestion,
} from '../landing/index.ts'
import { believes } from '../net/index.ts'
import { askWhole, type WaitUntil } from '../store/index.ts'
import type { Zones } from '../zone/index.ts'
import type { Env } from './env.ts'
import { forwardSettingsOf } from './forward-settings.ts'
import { isolateSettings, snapshotFor } from './isolate.ts'
import { isolateTestName } from './test-name.ts'

/**
 * Answers a request that is neither for DNS nor for the API: the console, the landing page, what belongs to it, and
 * 404.
 */
export async function answerPage(request: Request, env: Env, waitUntil: WaitUntil): Promise<Response> {
  if (/^\/console(\/|$)/.test(new URL(request.url).pathname))
    return (await import('./console.ts')).answerConsole(request, env, waitUntil)
  return answerLanding(request, {
    path: isolateSettings(env).endpoint.path,
    facts: async (host) => ({
      otherNames: otherNamesFor(request, env),
      question: questionOf(env) ?? questionFor(await publicZone(host, env, waitUntil)),
    }),
  })
}

function otherNamesFor(request: Request, env: Env): OtherNames {
  const { upstreams, to } = forwardSettingsOf(env)
  const { networks, token: tokens } = to
  if (upstreams.length === 0 || (networks === 'off' && !tokens)) return { kind: 'refused' }
  if (networks === 'on') return { kind: 'forwarded' }
  if (networks === 'off') return { kind: 'limited', networks: undefined, tokens }
  const isYours = believes(networks, { connection: connectionOf(request) })
  return { kind: 'limited', networks: isYours ? 'yours' : 'not yours', tokens }
}

function questionOf(env: Env): TestQuestion | undefined {
  const question = isolateTestName(env)
  return question.ok ? question.value : undefined
}

/** Returns a zone that the page may name: not one that is for some clients alone, since anybody reads the page. */
async function publicZone(host: string, env: Env, waitUntil: WaitUntil): Promise<string | undefined> {
  const candidates = candidatesFor(host, await publishedOrigins(env, waitUntil))
  const found = await askWhole(
    { snapshot: snapshotFor(env), waitUntil },
    ({ zones }) => firstPublic(candidates, zones),
    Date.now(),
  )
  return found.ok ? found.value : undefined
}

/** Looks at one zone after the other, so that no more are loaded than it takes; one that cannot be loaded ends it. */
function firstPublic(origins: readonly string[], zones: Zones): string | undefined {
  for (const origin of origins) {
    const name = parseName(origin.endsWith('.') ? origin : `${origin}.`)
    const state = name.ok ? zones.find(name.value.key) : undefined
    if (state?.kind !== 'loaded') return undefined
    if (!state.zone.access) return origin
  }
  return undefined
}

/** The origins that the last reader's page looked through. A list of many zones takes longer to make than the page. */
let origins: { readonly at: number; readonly names: readonly string[] } | undefined
const ORIGINS_MS = 60_000

/** Returns the published zones; none if they cannot be read now. */
async function publishedOrigins(env: Env, waitUntil: WaitUntil): Promise<readonly string[]> {
  const now = Date.now()
  if (origins && Math.abs(now - origins.at) < ORIGINS_MS) return origins.names
  const snapshot = snapshotFor(env)
  const names = await askWhole({ snapshot, waitUntil }, () => [...snapshot.published.keys()], now)
  if (!names.ok || names.value.length === 0) return []
  origins = { at: now, names: names.value.sort() }
  return origins.names
}
