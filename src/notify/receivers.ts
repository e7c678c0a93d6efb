import * as v from 'valibot'
import { err, ok, type Result } from '../result.ts'
import { plainMessage } from '../schema.ts'
import { EVENT_NAMES, type EventName } from './events.ts'
import {
  type Format,
  isName,
  isReserved,
  NO_KEY,
  notifySchema,
  notifySettingSchema,
  type ReceiverDocument,
} from './receiver.ts'
import { hasNoKey } from './sign.ts'
import { maskedUrl, PAGERDUTY_URL, whyNoUrl } from './url.ts'

/** A receiver of the messages of one audience. */
export type Receiver = {
  /** Names it in the storage, without its secrets. */
  readonly id: string
  /** The zone whose changes it is told, without the final dot; undefined: of all. */
  readonly zone: string | undefined
  readonly format: Format
  readonly on: ReadonlySet<EventName>
  /** Seconds. */
  readonly hold: number
  readonly url: string
  readonly secret: string | undefined
  readonly routingKey: string | undefined
}

/** The audience of receivers that are told of all zones; others are called by their zone. */
export const ALL = '*'

/** Parses the variable NOTIFY. An error quotes nothing of it. */
export function parseNotify(text: string | undefined): Result<readonly ReceiverDocument[]> {
  if (!text) return ok([])
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return err('NOTIFY is not JSON; expected a list like [{"url": "https://…", "format": "slack"}]')
  }
  const parsed = v.safeParse(notifySettingSchema, value, { message: plainMessage })
  if (parsed.success) return ok(parsed.output)
  const [issue] = parsed.issues
  const at = issue.path?.map(({ key }) => key).join('.')
  return err(`NOTIFY is not valid: ${at ? `${at}: ` : ''}${issue.message}`)
}

/** Reads the receivers of a stored zone: those that are valid. */
export const parseReceivers = (value: unknown): readonly ReceiverDocument[] =>
  Array.isArray(value) ? value.flatMap((one) => (v.is(notifySchema, [one]) ? [one as ReceiverDocument] : [])) : []

/** Returns the text that a variable or secret of the Worker has. */
export type SecretOf = (name: string) => string | undefined

/**
 * Makes a receiver of what is written, with its secrets.
 * @param number the receivers before it in the list that have the same name
 */
export function receiverOf(
  one: ReceiverDocument,
  number: number,
  zone: string | undefined,
  secretOf: SecretOf,
): Result<Receiver> {
  const known = new Map<string, string>()
  for (const text of [one.url, one.secret, one.routingKey]) {
    if (text === undefined || !isName(text)) continue
    const name = text.slice(1)
    const value = isReserved(name) ? undefined : secretOf(name)
    if (!value) return err(`the Worker has no secret ${name}; expected one: npx wrangler secret put ${name}`)
    known.set(text, value)
  }
  const revealed = (text: string | undefined) => (text === undefined ? undefined : (known.get(text) ?? text))
  const url = revealed(one.url) ?? PAGERDUTY_URL
  const why = whyNoUrl(url, one.format, { isRead: false, isOfZone: zone !== undefined })
  if (why !== undefined) return err(one.url !== undefined && isName(one.url) ? `${one.url}: ${why}` : why)
  const secret = revealed(one.secret)
  if (secret !== undefined && hasNoKey(secret)) return err(`${one.secret}: ${NO_KEY}`)
  return ok({
    id: idOf(one, number, zone),
    zone,
    format: one.format,
    on: new Set(one.on ?? EVENT_NAMES),
    hold: one.hold ?? 0,
    url,
    secret,
    routingKey: revealed(one.routingKey),
  })
}

/** The same receiver has the same name whatever its secrets are. Several may have one name, and then have numbers. */
export const idOf = (one: ReceiverDocument, number: number, zone: string | undefined): string =>
  `${zone ?? ALL} ${number} ${nameOf(one)}`

export const nameOf = ({ url, format }: ReceiverDocument): string => `${format} ${shownUrl(url)}`

/** Returns the URL as status shows it. */
export const shownUrl = (url: string | undefined): string =>
  url === undefined ? maskedUrl(PAGERDUTY_URL) : isName(url) ? url : maskedUrl(url)
