import type { Call } from './call.ts'
import { decodeUtf8 } from './key.ts'
import { describe, type Value } from './value.ts'

/** A URL to ask for. `host` and `port` have the port if it is not the default, as in a Host header. */
export type CheckedUrl = {
  readonly at: number
  readonly kind: 'http' | 'https'
  readonly host: string
  readonly port: number | undefined
  /** The path with the query. */
  readonly path: string
}

/** A text like `https://www.example.com/health?full=1`. */
export function checkedUrl(value: Value, { context }: Call): CheckedUrl | undefined {
  const refuse = (what: string, expected: string) =>
    context.refuse(value.at, `${describe(value)} ${what}; expected ${expected}`)
  const text = value.is === 'text' ? decodeUtf8(value.text) : undefined
  const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\/[^/?#\\]/i.exec(text ?? '') ?? []
  if (text === undefined || scheme === undefined || !URL.canParse(text)) return refuse('is not a valid URL', EXAMPLE)
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refuse('cannot be probed', 'http:// or https://')
  if (url.username !== '' || url.password !== '') {
    return refuse('has a user name', "none, or a header: headers={Authorization='Basic …'}")
  }
  if (text.includes('#')) return refuse('has a fragment, which is never sent', 'the URL without it')
  if (url.port === '0') return refuse('has the port 0', 'one from 1 to 65535')
  return {
    at: value.at,
    kind: url.protocol === 'http:' ? 'http' : 'https',
    host: url.host,
    port: url.port === '' ? undefined : Number(url.port),
    path: url.pathname + url.search,
  }
}

const EXAMPLE = "one like 'https://www.example.com/health'"
