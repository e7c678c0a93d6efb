import { readFileSync } from 'node:fs'
import { formatName, type Rrset, rcodeName, typeName } from '../../../src/dns/index.ts'
import { patternSize } from '../../../src/re2.ts'
import { compileZone, type LocalZone } from '../../../src/zone/index.ts'
import { must, type Resolved } from '../support.ts'

export function zoneFixture(name: string): LocalZone {
  const text = readFileSync(new URL(`../../fixtures/zone/${name}.json`, import.meta.url), 'utf8')
  return must(compileZone(JSON.parse(text))).zone
}

/**
 * A response as lines of text: the rcode, with `aa` and the EDE code where set, then a line a record. A letter says
 * the section: `=` answer, `!` authority, `+` additional. Records of one rrset are sorted: their order is chance.
 */
export function summary({ response }: Pick<Resolved, 'response'>): string[] {
  const head = [rcodeName(response.rcode), ...(response.authoritative ? ['aa'] : [])]
  if (response.ede) head.push(`ede${response.ede.code}`)
  const lines = (mark: string, rrsets: readonly Rrset[]): string[] =>
    rrsets.flatMap(({ owner, type, ttl, rdatas }) =>
      rdatas.map((rdata) => `${mark} ${formatName(owner)} ${ttl} ${typeName(type)} ${rdata.text}`).sort(),
    )
  return [
    head.join(' '),
    ...lines('=', response.answer),
    ...lines('!', response.authority),
    ...lines('+', response.additional),
  ]
}

/** Returns the errors of a document: `path / to / it: message`. */
export function issuesOf(document: unknown): string[] {
  const compiled = compileZone(document, { patternSize })
  return compiled.ok ? [] : compiled.error.map(({ path, message }) => `${path.join(' / ')}: ${message}`)
}

/** Sizes that cut a zone of a few names into parts. */
export const TINY = { headBytes: 40, leastBytes: 0, partBytes: 200, namesAPart: 3 }
