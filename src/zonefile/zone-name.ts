import { formatName, type Name, parseName, ROOT, TYPE } from '../dns/index.ts'
import { ok, type Result } from '../result.ts'
import { fileNameOf, type NamedZone, zoneOfFileName } from './file-name.ts'
import { readHead } from './head.ts'
import { type Entry, Lexer, type Token } from './lexer.ts'
import type { Source } from './source.ts'

/**
 * The zone of a file, and a warning about the file's name, whose `at` is an offset in the text. `start` is the first
 * origin, for names and a relative `$ORIGIN`.
 */
type ZoneName = {
  readonly name: Name
  readonly start: Name
  readonly suspect: { readonly at: number; readonly message: string } | undefined
}

/**
 * Returns the zone of a master file, which RFC 1035 takes from outside the file. It is the owner of the SOA after an
 * `$ORIGIN` that differs from the file's name; else the file's name, or, if that is unsure, the SOA's absolute owner.
 */
export function zoneNameOf(source: Source): Result<ZoneName> {
  const file = zoneOfFileName(source.file)
  const below = file.ok ? file.value.name : ROOT
  const soa = findSoa(source, below)
  if (!soa || !isNamedByText(soa, file)) {
    return file.ok ? ok({ name: below, start: below, suspect: undefined }) : file
  }
  const { owner, at, origin } = soa
  const zone = { name: owner, start: origin ? below : owner }
  if (!file.ok || !file.value.isSure || below.key === owner.key) return ok({ ...zone, suspect: undefined })
  const [expected, found] = [formatName(below), formatName(owner)]
  const fact = `the file is named after the zone ${expected}, but its $ORIGIN and SOA name ${found}`
  return ok({ ...zone, suspect: { at, message: `${fact}; expected a file named ${fileNameOf(owner)}` } })
}

type FoundSoa = {
  readonly owner: Name
  readonly at: number
  /** The last `$ORIGIN` before it. */
  readonly origin: Name | undefined
  readonly isAbsolute: boolean
}

/** Returns true if the text names the zone. An SOA outside the `$ORIGIN` that the file is named after is a mistake. */
function isNamedByText({ origin, isAbsolute }: FoundSoa, file: Result<NamedZone>): boolean {
  if (origin) return !file.ok || file.value.name.key !== origin.key
  return isAbsolute && (!file.ok || !file.value.isSure)
}

/** Finds the first SOA, or an $INCLUDE after `$ORIGIN` instead. Errors are reported when the file is read. */
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
