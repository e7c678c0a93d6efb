import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseName, parseRdataText, parseType } from '../../../src/dns/index.ts'
import { hex, must } from '../support.ts'

/**
 * TYPE.json has `right`: text as people write it, the octets that dnspython makes of it, and our canonical text
 * (BIND's, its white space in long data aside); and `wrong`: text, and what is said of it, after the field's number.
 */
type Fixture = {
  readonly right: readonly (readonly [text: string, wire: string, canonical: string])[]
  readonly wrong: readonly (readonly [text: string, error: string])[]
}

const FOLDER = new URL('../../fixtures/rdata/', import.meta.url)
const ORIGIN = must(parseName('example.com.'))
const fixtures = readdirSync(FOLDER).map((file) => {
  const fixture: Fixture = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'))
  return { name: file.replace('.json', ''), type: must(parseType(file.replace('.json', ''))), ...fixture }
})

describe.each(fixtures)('$name', ({ name, type, right, wrong }) => {
  test.each(right)('%s', (text, wire, canonical) => {
    const rdata = must(parseRdataText(type, text, ORIGIN))
    expect(hex(rdata.bytes)).toBe(wire)
    expect(rdata.text).toBe(canonical)
  })

  test('canonical text and RFC 3597 data give the same octets', () => {
    for (const [, wire, canonical] of right) {
      for (const text of [canonical, `\\# ${wire.length / 2} ${wire}`]) {
        const rdata = must(parseRdataText(type, text))
        expect([hex(rdata.bytes), rdata.text]).toEqual([wire, canonical])
      }
    }
  })

  test('data that is too short or too long is refused', () => {
    if (name === 'TYPE65280') return
    for (const [, wire] of right) {
      for (let end = 0; end < wire.length; end += 2) {
        const cut = parseRdataText(type, `\\# ${end / 2} ${wire.slice(0, end)}`)
        // Some types have data of any length: what is left of it is read as itself.
        if (cut.ok) expect(hex(cut.value.bytes)).toBe(wire.slice(0, end))
      }
    }
  })

  test.each(wrong)('%s: %s', (text, error) => {
    const rdata = parseRdataText(type, text, ORIGIN)
    expect(rdata.ok ? `accepted: ${rdata.value.text}` : `${rdata.error.field}: ${rdata.error.message}`).toBe(error)
    expect(error).toMatch(/expected/)
  })
})
