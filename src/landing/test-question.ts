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

/**
 * Chooses a question that the zones answer: SOA, which every zone has, of the zone around the host, else of the first one.
 * @param origins the published zones, absolute or not
 */
export function questionFor(host: string, origins: readonly string[]): TestQuestion {
  const [first] = origins
  if (first === undefined) return { name: '', type: 'A' }
  const around = origins.filter((origin) => host === origin || host.endsWith(`.${origin}`))
  const closest = around.sort((a, b) => b.length - a.length)[0]
  return { name: closest ?? first, type: 'SOA' }
}
