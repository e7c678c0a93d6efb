import { expect, test } from 'vitest'
import { must } from '../support.ts'
import { compileText, HEAD } from '../zonefile/support.ts'

/** True if a zone needs the database of places. */
const usesPlaces = (code: string): boolean => must(compileText(`${HEAD}www LUA A "${code}"\n`)).zone.usesPlaces

test.each([
  ["; if netmask({'10.0.0.0/8'}) and country('DE') then return '192.0.2.1' end return '192.0.2.2'", true],
  ["; local c = country if netmask({'10.0.0.0/8'}) and c('DE') then return '192.0.2.1' end return '192.0.2.2'", true],
  ["; if netmask({'10.0.0.0/8'}) then return '192.0.2.1' end return pickclosest({bestwho:toString()})", true],
  // The same names as local variables, fields and texts.
  ["; local region = '192.0.2.1' if netmask({'10.0.0.0/8'}) then return region end return '192.0.2.2'", false],
  [
    "; local function country(x) return x end return country(netmask({'10.0.0.0/8'}) and '192.0.2.1' or '192.0.2.2')",
    false,
  ],
  ["; local t = {region = '192.0.2.1'} if netmask({'10.0.0.0/8'}) then return t.region end return '192.0.2.2'", false],
  ["; local t = {['country'] = '192.0.2.1'} return netmask({'10.0.0.0/8'}) and t['country'] or '192.0.2.2'", false],
])('the answer of %s depends on the location: %s', (code, expected) => {
  expect(usesPlaces(code)).toBe(expected)
})
