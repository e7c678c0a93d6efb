import type { EventName } from './events.ts'
import type { About } from './subject.ts'
import { iso, sentenceOf, short } from './text.ts'

/** An event as the API and the form `json` tell it. Times are ISO 8601; fields that do not apply are left out. */
export type EventJson = {
  readonly event: EventName | 'test'
  readonly zone?: string
  readonly check?: string
  readonly targets?: readonly string[]
  readonly pool?: string
  readonly pools?: readonly string[]
  readonly vantage?: string
  readonly at: string
  readonly since?: string
  readonly text: string
  readonly live?: number
  readonly members?: number
}

/** @param at milliseconds since the epoch */
export const eventJson = (event: EventName, at: number, about: About): EventJson => ({
  event,
  ...(about.zone !== undefined && { zone: about.zone }),
  ...(about.check !== undefined && { check: short(about.check) }),
  ...(about.target !== undefined && { targets: [short(about.target)] }),
  ...(about.pool !== undefined && { pool: about.pool }),
  ...(about.vantage !== undefined && { vantage: about.vantage }),
  at: iso(at),
  ...(about.since !== undefined && { since: iso(about.since) }),
  text: sentenceOf(event, about),
  ...(about.live !== undefined && { live: about.live }),
  ...(about.members !== undefined && { members: about.members }),
})
