import { parseAccept } from 'hono/utils/accept'

/** How a reply is written: the message itself, or JSON as Cloudflare or Google have it. */
export type Format = 'message' | 'cloudflare-json' | 'google-json'

export const MEDIA_TYPE: Readonly<Record<Format, string>> = {
  message: 'application/dns-message',
  'cloudflare-json': 'application/dns-json',
  'google-json': 'application/json; charset=UTF-8',
}

/**
 * The format that a request asks for: by `ct`, else by Accept, else the one that is usual for its form.
 * Undefined where Accept excludes every format there is: 406.
 */
export function chooseFormat(ct: string | undefined, accept: string | null, usual: Format): Format | undefined {
  const json = usual === 'message' ? 'cloudflare-json' : usual
  switch (ct === undefined ? undefined : mediaType(ct)) {
    case 'application/dns-message':
      return 'message'
    case 'application/dns-json':
    case 'application/json':
    case 'application/x-javascript':
    case 'text/javascript':
      return json
    default:
      break
  }
  if (!accept || accept === '*/*' || accept === MEDIA_TYPE[usual]) return usual
  const accepted = parseAccept(accept).filter((range) => range.q > 0)
  for (const { type } of accepted) {
    const wanted = type.toLowerCase()
    if (wanted === '*/*' || wanted === 'application/*') return usual
    if (wanted === 'application/dns-message') return 'message'
    if (wanted === 'application/dns-json' || wanted === 'application/json') return json
    if (wanted === 'application/x-javascript' && usual === 'google-json') return json
  }
  return undefined
}

/** The type of a Content-Type or Accept field, without its parameters. */
export const mediaType = (field: string): string => (field.split(';')[0] as string).trim().toLowerCase()
