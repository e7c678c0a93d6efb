import { isSameHash } from '../keys/index.ts'

/**
 * Returns the reason to refuse a request that changes something, as far as its headers tell: browsers say which page
 * began it (Sec-Fetch-Site, and Origin, which a proxy with TLS in front may give another scheme).
 */
export function foreignReason({ headers, url }: Request): string | undefined {
  const site = headers.get('sec-fetch-site')
  if (site !== null && site !== 'same-origin' && site !== 'none') return FOREIGN
  const origin = headers.get('origin')
  return origin === null || hostOf(origin) === new URL(url).host ? undefined : FOREIGN
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

const FOREIGN = 'a page of another site sent this; expected a page of the console. Nothing was changed.'

/** Compares two tokens in a time that does not depend on where they differ. No token equals an empty one. */
export const isSameToken = (offered: string, own: string): boolean => own !== '' && isSameHash(offered, own)

export const BAD_TOKEN =
  'the form has no token of this session; expected one of a page that was loaded since you signed in. Nothing was changed: ' +
  'go back, load the page again, and send it once more.'
