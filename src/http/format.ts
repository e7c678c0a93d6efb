import { parseAccept } from 'hono/utils/accept'

/** The format of a reply: the message itself, or the JSON of Cloudflare or of Google. */
export type Format = 'message' | 'cloudflare-json' | 'google-json'

export const MEDIA_TYPE: Readonly<Record<Format, string>> = {
  message: 'application/dns-message',
  'cloudflare-json': 'application/dns-json',
  'google-json': 'application/json; charset=UTF-8',
}

/**
 * The format that a request asks for: by `ct`, else by Accept (RFC 9110 §12.5.1), else the one usual for its form.
 * Undefined where Accept excludes every format there is: 406.
 */
export function chooseFormat(ct: string | undefined, accept: string | null, defaultFormat: Format): Format | undefined {
  const json = defaultFormat === 'message' ? 'cloudflare-json' : defaultFormat
  if (ct !== undefined) {
    const wanted = mediaType(ct)
    if (wanted === 'application/dns-message') return 'message'
    if (JSON_TYPES.includes(wanted)) return json
  }
  if (!accept || accept === '*/*' || accept === MEDIA_TYPE[defaultFormat]) return defaultFormat
  const ranges = new Map(parseAccept(accept).map(({ type, q }) => [type.toLowerCase(), q]))
  const message = quality(ranges, 'application/dns-message')
  const best = Math.max(...JSON_TYPES.map((type) => quality(ranges, type)))
  if (message === 0 && best === 0) return undefined
  if (message === best) return defaultFormat
  return message > best ? 'message' : json
}

const JSON_TYPES = ['application/dns-json', 'application/json', 'application/x-javascript', 'text/javascript']

/** The most specific range counts. */
const quality = (ranges: ReadonlyMap<string, number>, type: string): number =>
  ranges.get(type) ?? ranges.get(`${type.split('/')[0]}/*`) ?? ranges.get('*/*') ?? 0

/** The type of a Content-Type or Accept field, without its parameters. */
export const mediaType = (field: string): string => (field.split(';')[0] as string).trim().toLowerCase()
