import { formatName, type Name, parseName, ROOT, TYPE } from '../dns/index.ts'
import { ok, type Result } from '../result.ts'
import { fileNameOf, type NamedZone, zoneOfFileName } from './file-name.ts'
import { readHead } from './head.ts'
import { type Entry, Lexer, type Token } from './lexer.ts'
import type { Source } from './source.ts'

/**
 * The zone of a file, and what is suspect in how it is named. `at` is an offset in the text; `start` is the origin that
 * the file begins with, which a relative `$ORIGIN` is below.
 */
export type ZoneName = {
  readonly name: Name
  readonly start: Name
  readonly suspect: { readonly at: number; readonly message: string } | undefined
}

/**
 * Returns the zone that a master file holds (RFC 1035 has that from outside the file): the owner of its SOA if another
 * `$ORIGIN` than the file's name stands before it; else the file's name, or an SOA's absolute owner if that is unsure.
 */
export function zoneNameOf(source: Source): Result<ZoneName> {
  const file = zoneOfFileName(source.file)
  const below = file.ok ? file.value.name : ROOT
  const found = findSoa(source, below)
  if (!found || !isNamedByText(found, file)) {
    return file.ok ? ok({ name: below, start: below, suspect: undefined }) : file
  }
  const { owner, at, origin } = found
  const zone = { name: owner, start: origin ? below : owner }
  if (!file.ok || !file.value.isSure || below.key === owner.key) return ok({ ...zone, suspect: undefined })
  const message = `the file's name tells the zone ${formatName(below)}, but its $ORIGIN and SOA tell ${formatName(owner)}; expected a file named ${fileNameOf(owner)}`
  return ok({ ...zone, suspect: { at, message } })
}

type FoundSoa = {
  readonly owner: Name
  readonly at: number
  /** The last `$ORIGIN` before it. */
  readonly origin: Name | undefined
  readonly isAbsolute: boolean
}

/** An SOA elsewhere than at the `$ORIGIN` that the file is named after is a slip. */
function isNamedByText({ origin, isAbsolute }: FoundSoa, file: Result<NamedZone>): boolean {
  if (origin) return !file.ok || file.value.name.key !== origin.key
  return isAbsolute && (!file.ok || !file.value.isSure)
}

/** The first SOA, or what is included after `$ORIGIN` in its place. Mistakes are reported when the file is read. */
function findSoa(source: Source, start: Name): FoundSoa | undefined {
  const lexer = new Lexer(source.text, () => {})
  let origin: Name | undefined
  let owner: Token | undefined
  let ownerOrigin = start
  for (let entry = lexer.next(); entry; entry = lexer.next()) {
    const [first, second] = entry.tokens as readonly [Token, Token | undefined]
    const directive = first.quoted || entry.blank ? '' : first.text.toUpperCase()
    if (directive === '$ORIGIN' && second) {
      const name = parseName(second.text, origin ?? start)
      if (name.ok) origin = name.value
    } else if (directive === '$INCLUDE' && origin) {
      return { owner: origin, at: first.at, origin, isAbsolute: true }
    } else if (!directive.startsWith('$')) {
      if (!entry.blank) [owner, ownerOrigin] = [first, origin ?? start]
      if (!isSoa(entry)) continue
      const name = owner ? parseName(owner.text, ownerOrigin) : undefined
      return name?.ok
        ? { owner: name.value, at: (owner as Token).at, origin, isAbsolute: /(^|[^\\])\.$/.test((owner as Token).text) }
        : undefined
    }
  }
  return undefined
}

const isSoa = ({ tokens, blank }: Entry): boolean =>
  tokens.some(({ text }) => text.toUpperCase() === 'SOA') &&
  readHead(tokens, blank ? 0 : 1, () => {})?.type === TYPE.SOA
