import { expect, test } from 'vitest'
import { parseQuestion } from '../../../src/cli/explain/explain.ts'
import { explanationText } from '../../../src/explain/index.ts'
import type { Database } from '../../../src/geo/index.ts'
import { NO_HEALTH } from '../../../src/health/index.ts'
import { loadedZones } from '../../../src/zone/index.ts'
import { explain } from '../both-forms.ts'
import { AUSTIN, BERLIN, databaseOf, MUNICH } from '../geo/support.ts'
import { luaZone } from '../lua/support.ts'
import { must, seeded } from '../support.ts'

const DATABASE = databaseOf([
  ['10.1.0.0/16', { ...MUNICH, asn: 64_496 }],
  ['10.2.0.0/16', BERLIN],
  ['10.2.128.0/17', { continent: 'EU', country: 'DE' }],
  ['192.0.2.0/24', AUSTIN],
])

const ZONE = luaZone(`
near LUA A "pickclosest({'192.0.2.1', '10.1.0.1', '203.0.113.1'})"
tie LUA A "pickclosest({'192.0.2.1', '10.1.0.1', '10.1.0.2'})"
steer LUA A ";if country({'FR', 'US'}) then return '192.0.2.7' elseif continent('EU') then return pickclosest({'10.1.0.1', '10.2.0.1'}) end return '192.0.2.8'"
up LUA A "ifportup(443, {'192.0.2.1', '10.1.0.1', '203.0.113.1'}, {selector='pickclosest', initially='up'})"
`)

/** The exact output for people. Each case is a file. */
test.each<
  [file: string, name: string, ecs: string | undefined, cf: string | undefined, database: Database | undefined]
>([
  ['place-pickclosest', 'near', '10.2.3.0/24', undefined, DATABASE],
  ['place-pickclosest-unknown', 'near', '198.51.100.0/24', undefined, DATABASE],
  ['place-pickclosest-no-coordinates', 'near', '10.2.128.0/24', undefined, DATABASE],
  [
    'place-pickclosest-connection',
    'near',
    undefined,
    '{"country":"US","latitude":"40.7","longitude":"-74.0"}',
    DATABASE,
  ],
  ['place-pickclosest-no-database', 'near', '10.2.3.0/24', undefined, undefined],
  ['place-tie', 'tie', '10.2.3.0/24', undefined, DATABASE],
  ['place-country', 'steer', '10.2.3.0/24', undefined, DATABASE],
  ['place-country-connection', 'steer', undefined, '{"country":"US"}', DATABASE],
  ['place-pool', 'up', '10.2.3.0/24', undefined, DATABASE],
  ['place-pool-unknown', 'up', '198.51.100.0/24', undefined, DATABASE],
])('%s', async (file, name, ecs, cf, database) => {
  const options = { client: '198.51.100.7', zones: 'zones', ...(ecs && { ecs }), ...(cf && { cf }) }
  const asked = must(parseQuestion(`${name}.example.com`, 'A', options))
  const explained = explain(asked, loadedZones([ZONE]), seeded(3), NO_HEALTH, database)
  await expect(`${explanationText(explained)}\n`).toMatchFileSnapshot(`../../fixtures/explain/${file}.txt`)
})
