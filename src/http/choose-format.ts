import { parseAccept } from 'hono/utils/accept'
import { type Format, MESSAGE, mediaType } from './format.ts'
import { CLOUDFLARE_JSON } from './json.ts'

/**
 * Returns the format that a request asks for: by `ct`, else by Accept (RFC 9110 §12.5.1), else the one usual for its
 * form. Undefined where Accept excludes every format there is: 406.
 */
export function chooseFormat(ct: string | undefined, accept: string | null, usual: Format): Format | undefined {
  const json = usual === MESSAGE ? CLOUDFLARE_JSON : usual
  if (ct !== undefined) {
    const wanted = mediaType(ct)
    if (wanted === MESSAGE.mediaType) return MESSAGE
    if (JSON_TYPES.includes(wanted)) return json
  }
  if (!accept || accept === '*/*' || accept === usual.mediaType) return usual
  const ranges = new Map(parseAccept(accept).map(({ type, q }) => [type.toLowerCase(), q]))
  const message = quality(ranges, MESSAGE.mediaType)
  const best = Math.max(...JSON_TYPES.map((type) => quality(ranges, type)))
  if (message === 0 && best === 0) return undefined
  if (message === best) return usual
  return message > best ? MESSAGE : json
}

const JSON_TYPES = ['application/dns-json', 'application/json', 'application/x-javascript', 'text/javascript']

/** The most specific range counts. */
const quality = (ranges: ReadonlyMap<string, number>, type: string): number =>
  ranges.get(type) ?? ranges.get(`${type.split('/')[0]}/*`) ?? ranges.get('*/*') ?? 0
