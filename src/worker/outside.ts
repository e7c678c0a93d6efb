import { AliasBook } from '../aliases/index.ts'
import { logEvent } from '../events.ts'
import { addressType, findAddresses, Upstreams } from '../forward/index.ts'
import { AliasWriter, OutsideCopy } from '../store/index.ts'
import type { Env } from './env.ts'
import { forwardSettingsOf } from './forward-settings.ts'
import type { Settings } from './settings.ts'
import { upstreamIo } from './upstream-io.ts'

/** The isolate's own: what its upstream servers did lately, what it knows of names, and where it is written. */
export type Asking = {
  readonly upstreams: Upstreams
  readonly book: AliasBook
  readonly writer: AliasWriter
  /** The number of requests that were sent to upstream servers since it was last set to 0. */
  sent: number
}

let asking: Asking | undefined
let copy: OutsideCopy | undefined

/** The isolate's copy of the addresses of names outside the zones, which asks for those that it does not know. */
export function outsideCopy(env: Env, settings: Settings): OutsideCopy {
  const own = isolateAsking(env, settings)
  copy ??= new OutsideCopy(env.GSLB, {
    ...{ refreshMs: settings.refreshMs, clock: Date.now, log: logEvent },
    ask: own && ((name, type, waitUntil) => findAddresses(name, addressType(type), own.upstreams, waitUntil)),
  })
  return copy
}

/** Returns undefined if no upstream server is named. */
export function isolateAsking(env: Env, { writesPerDay: perDay }: Settings): Asking | undefined {
  if (asking) return asking
  const { upstreams: urls } = forwardSettingsOf(env)
  if (urls.length === 0) return undefined
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    own.sent++
    return upstreamIo.fetch(url, init)
  }
  const book = new AliasBook()
  const own: Asking = {
    upstreams: new Upstreams(urls, { ...upstreamIo, fetch }),
    book,
    writer: new AliasWriter(env.GSLB, book, { perDay, clock: Date.now, log: logEvent }),
    sent: 0,
  }
  asking = own
  return own
}
