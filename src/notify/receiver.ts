import * as v from 'valibot'
import { MAX_HOLD_SECONDS, MAX_NOTIFY_URL_CHARS, MAX_RECEIVERS } from '../limits.ts'
import { OWN_SECRETS } from '../own-secrets.ts'
import { object, word } from '../schema.ts'
import { EVENT_NAMES, type EventName } from './events.ts'
import { hasNoKey } from './sign.ts'
import { whyNoUrl } from './url.ts'

export const FORMATS = ['json', 'slack', 'discord', 'pagerduty', 'alertmanager'] as const
export type Format = (typeof FORMATS)[number]

/**
 * A receiver of notifications, as a zone document or NOTIFY has it. `"$NAME"` in place of a text names a Worker secret.
 */
export type ReceiverDocument = {
  /** Left out for `pagerduty`, which has one for everybody. */
  readonly url?: string | undefined
  readonly format: Format
  /** All events if it is left out. */
  readonly on?: readonly EventName[] | undefined
  /** Seconds for which a change has to last. */
  readonly hold?: number | undefined
  /** Signs messages in the form `json`. */
  readonly secret?: string | undefined
  /** The integration key of a service of PagerDuty. */
  readonly routingKey?: string | undefined
}

const URL_EXPECTED = 'expected an https: URL, or "$NAME" of a Worker secret that has it'
const SECRET = '"$NAME" of a Worker secret'
const HOLD = `expected whole seconds from 0 to ${MAX_HOLD_SECONDS}`

const receiver = object({
  url: v.optional(v.pipe(v.string(URL_EXPECTED), v.maxLength(MAX_NOTIFY_URL_CHARS, URL_EXPECTED))),
  format: word(FORMATS),
  on: v.optional(
    v.pipe(v.array(word(EVENT_NAMES), 'expected a list of events'), v.minLength(1, 'expected at least one event')),
  ),
  hold: v.optional(v.pipe(v.number(HOLD), v.integer(HOLD), v.minValue(0, HOLD), v.maxValue(MAX_HOLD_SECONDS, HOLD))),
  secret: v.optional(v.string(`expected ${SECRET}`)),
  routingKey: v.optional(v.string(`expected ${SECRET}`)),
})

/** The place where receivers are written: secrets stand literally in NOTIFY, which is a secret itself. */
type Place = 'document' | 'NOTIFY'

/** Reports what is wrong with a receiver of the right shape, at the field. */
const judged = (place: Place) =>
  v.pipe(
    receiver,
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return
      for (const { field, message } of faultsOf(dataset.value, place)) {
        const item = {
          type: 'object',
          origin: 'value',
          input: dataset.value,
          key: field,
          value: dataset.value[field],
        } as const
        addIssue({ message, path: [item] })
      }
    }),
  )

type Fault = { readonly field: keyof ReceiverDocument; readonly message: string }

/** Returns what is wrong with a receiver. */
export function faultsOf(one: ReceiverDocument, place: Place): Fault[] {
  const { url, format, secret, routingKey } = one
  const faults: Fault[] = []
  const add = (field: keyof ReceiverDocument, message: string | undefined): void => {
    if (message !== undefined) faults.push({ field, message })
  }
  if (url === undefined && format !== 'pagerduty') add('url', `the field "url" is missing; ${URL_EXPECTED}`)
  const isOfZone = place === 'document'
  if (url !== undefined) {
    const why = isName(url) ? undefined : whyNoUrl(url, format, { isRead: isOfZone, isOfZone })
    add('url', nameFault(url) ?? why)
  }
  if (format === 'pagerduty' && routingKey === undefined)
    add('routingKey', `the field "routingKey" is missing; expected ${SECRET} that has the integration key`)
  if (format !== 'pagerduty' && routingKey !== undefined)
    add('routingKey', 'a routing key is for the format "pagerduty"; expected none')
  if (format !== 'json' && secret !== undefined) add('secret', 'a secret signs the format "json" alone; expected none')
  for (const [field, text] of [
    ['secret', secret],
    ['routingKey', routingKey],
  ] as const) {
    if (text === undefined) continue
    if (isName(text)) add(field, nameFault(text))
    else if (place === 'document')
      add(field, `a secret stands literally in the document, which many may read; expected ${SECRET} that has it`)
    else if (text === '') add(field, 'the text is empty; expected a secret')
    else if (field === 'secret' && hasNoKey(text)) add(field, NO_KEY)
  }
  return faults
}

export const NO_KEY = 'there is no key behind "whsec_"; expected one in base64'

/** Returns true for a text that names a secret. */
export const isName = (text: string): boolean => text.startsWith('$')

/** The path of an upstream may have an account in it. */
const RESERVED: ReadonlySet<string> = new Set([...OWN_SECRETS.map(({ name }) => name), 'UPSTREAMS'])

function nameFault(text: string): string | undefined {
  if (!isName(text)) return undefined
  const name = text.slice(1)
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name))
    return `${text.slice(0, 70)} names no secret; expected letters, digits and "_" behind the "$"`
  return isReserved(name)
    ? `${text} is a secret of the Worker itself; expected one that is for this receiver`
    : undefined
}

/** Returns true for a name that receivers cannot use. */
export const isReserved = (name: string): boolean => RESERVED.has(name)

const LIST = 'expected a list of receivers, like [{ "url": "$SLACK_URL", "format": "slack" }]'

const listOf = (place: Place): v.GenericSchema<unknown, readonly ReceiverDocument[]> =>
  v.pipe(
    v.array(judged(place), LIST),
    v.maxLength(MAX_RECEIVERS, `expected at most ${MAX_RECEIVERS} receivers`),
  ) as unknown as v.GenericSchema<unknown, readonly ReceiverDocument[]>

/** `notify` in a zone document. */
export const notifySchema = listOf('document')

/** The variable NOTIFY. */
export const notifySettingSchema = listOf('NOTIFY')
