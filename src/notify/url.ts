import { isPublicHost } from '../net/index.ts'
import type { Format } from './receiver.ts'

/** Hosts whose URLs are secrets: whoever has one can post. */
const SECRET_URLS: readonly (readonly [host: RegExp, path: RegExp])[] = [
  [/(^|\.)slack(-gov)?\.com$/, /^\/(services|workflows|triggers)\//],
  [/(^|\.)discord(app)?\.com$/, /^\/api\/(v\d+\/)?webhooks\//],
]

/** PagerDuty takes events at these hosts. The routing key that a zone names is sent nowhere else. */
const PAGERDUTY_HOST = /^events(\.eu)?\.pagerduty\.com$/

export const PAGERDUTY_URL = 'https://events.pagerduty.com/v2/enqueue'

type Stand = {
  /** True if the URL itself stands where many may read it. */
  readonly isRead: boolean
  /** True if a zone has it, whose writers may not know the secrets that they name. */
  readonly isOfZone: boolean
}

/** Returns what is wrong with a URL that messages are to be sent to. */
export function whyNoUrl(text: string, format: Format, { isRead, isOfZone }: Stand): string | undefined {
  const url = parseUrl(text)
  const told = isRead ? `"${text.slice(0, 60)}"` : 'the URL'
  if (!url || !['https:', 'http:'].includes(url.protocol))
    return `${told} is not a URL; expected one like "https://example.com/hook"`
  if (url.username !== '' || url.password !== '')
    return 'the URL has a user or a password; expected them in a Worker secret that has the URL, or none'
  const isPrivate = !isPublicHost(url.hostname)
  if (url.protocol === 'http:' && !isPrivate)
    return `${url.hostname} is reached without TLS; expected https: (http: is for private addresses alone)`
  if (isRead && isSecret(url))
    return 'the URL is a secret: whoever knows it can post; expected "$NAME" of a Worker secret that has it'
  if (isOfZone && format === 'pagerduty' && !PAGERDUTY_HOST.test(url.hostname))
    return `${isRead ? url.hostname : 'the host'} is not PagerDuty, and would learn the routing key; expected ${PAGERDUTY_URL}, or no "url"`
  return undefined
}

const isSecret = ({ hostname, pathname }: URL): boolean =>
  SECRET_URLS.some(([host, path]) => host.test(hostname) && path.test(pathname))

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

/** Returns a URL without its secrets: its path and what follows may be such. */
export function maskedUrl(text: string): string {
  const url = parseUrl(text)
  if (!url) return '…'
  return url.pathname === '/' && url.search === '' ? url.origin : `${url.origin}/…`
}
