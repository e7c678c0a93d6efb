import { parseName, parseType } from '../dns/index.ts'
import { err, ok, type Result } from '../result.ts'

/** The question that the page's Test button asks at first. The name has no final dot; it may be empty. */
export type TestQuestion = { readonly name: string; readonly type: string }

/**
 * Reads the setting TEST_NAME: a name, and perhaps a type behind it.
 * @returns undefined without the setting
 */
export function parseTestName(text: string | undefined): Result<TestQuestion | undefined> {
  const words = (text ?? '').split(/\s+/).filter((word) => word !== '')
  const [name, type = 'A', ...more] = words
  if (name === undefined) return ok(undefined)
  const shown = `"${(text ?? '').slice(0, 100)}"`
  const parsed = parseName(name.endsWith('.') ? name : `${name}.`)
  if (!parsed.ok || more.length > 0) return err(`${shown} is not a name to ask for; ${EXPECTED}`)
  const known = parseType(type.toUpperCase())
  return known.ok
    ? ok({ name: name.replace(/\.$/, ''), type: type.toUpperCase() })
    : err(`${shown}: ${known.error}; ${EXPECTED}`)
}

/** Returns the types that the page offers, and the question's own one. */
export const typesOf = ({ type }: TestQuestion): readonly OfferedType[] =>
  [...new Set([...TYPES, type])].sort().flatMap((name) => {
    const number = parseType(name)
    return number.ok ? [{ name, number: number.value, isChosen: name === type }] : []
  })

type OfferedType = { readonly name: string; readonly number: number; readonly isChosen: boolean }

const TYPES = ['A', 'AAAA', 'CAA', 'CNAME', 'HTTPS', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'SVCB', 'TXT']

const EXPECTED = 'expected a domain name, and perhaps a type behind it, like "www.example.com AAAA"'

/** At most so many zones are looked at for one that everybody may ask. */
const MAX_CANDIDATES = 8

/**
 * Returns the zones whose SOA the page may ask for, the best first: those around the host, the closest first, then the
 * others.
 * @param origins the published zones, absolute or not
 */
export function candidatesFor(host: string, origins: readonly string[]): readonly string[] {
  const around = origins.filter((origin) => host === origin || host.endsWith(`.${origin}`))
  const closest = around.sort((a, b) => b.length - a.length)
  return [...new Set([...closest, ...origins.slice(0, MAX_CANDIDATES)])].slice(0, MAX_CANDIDATES)
}

/** Returns a question that each zone answers; an empty one without a zone. */
export const questionFor = (origin: string | undefined): TestQuestion =>
  origin === undefined ? { name: '', type: 'A' } : { name: origin, type: 'SOA' }
