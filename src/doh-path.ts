import { MAX_DOH_PATH_CHARS } from './limits.ts'
import { err, ok, type Result } from './result.ts'

/** The path of DNS over HTTPS, unless the setting DOH_PATH names another one. RFC 8484 uses it in its examples. */
export const DEFAULT_DOH_PATH = '/dns-query'

/**
 * Reads the setting DOH_PATH. The path stands in URLs as it is written: without percent-encoding, and without what a
 * URL's parser would take out of it.
 */
export function parseDohPath(text: string | undefined): Result<string> {
  const path = text?.trim() || DEFAULT_DOH_PATH
  const shown = `"${path.slice(0, MAX_DOH_PATH_CHARS)}"`
  if (path.length > MAX_DOH_PATH_CHARS)
    return err(`the path has ${path.length} characters; expected at most ${MAX_DOH_PATH_CHARS}`)
  if (!PATH.test(path)) return err(`${shown} is not a path; ${EXPECTED}`)
  const segments = path.slice(1).split('/')
  if (segments.some((segment) => segment === '.' || segment === '..'))
    return err(`${shown} has a segment of dots, which clients take out; ${EXPECTED}`)
  const first = segments[0] as string
  return TAKEN.includes(first) ? err(`${shown} is below /${first}, which has other uses; ${EXPECTED}`) : ok(path)
}

/** RFC 3986 §2.3: unreserved characters look the same in every URL. */
const PATH = /^(\/[A-Za-z0-9._~-]+)+$/

const TAKEN = ['api', 'pdns', 'resolve', 'metrics', 'healthz', 'console', 'static']

const EXPECTED =
  'expected one like /dns-query or /dns/home, of letters, digits and - . _ ~, without a query string, and not below ' +
  `${TAKEN.map((word) => `/${word}`).join(', ')}`
