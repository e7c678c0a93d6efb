import { expect, test } from 'vitest'
import { recompileZone } from '../../../src/zone/index.ts'
import { must } from '../support.ts'
import { EMPTY, patch, replace, zoneDocument } from './support.ts'

test.each([
  ['A', '192.0.2.200'],
  ['LUA', "A \"pickrandom({'192.0.2.200', '192.0.2.201'})\""],
])('a PATCH of one %s record compiles one name', (type, content) => {
  const hosts = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`h${i}`, { A: `192.0.2.${i}` }]))
  const before = must(recompileZone(undefined, zoneDocument({ ...EMPTY, ...hosts })))
  const { document } = patch(before.document, [replace('h7.example.com.', type, [content])])
  const after = must(recompileZone(before, document))
  const again = [...after.zone.names.nodes.values()].filter(
    ({ key, rrsets }) => rrsets !== before.zone.names.nodes.get(key)?.rrsets,
  )
  // The origin has a new serial.
  expect(again.map(({ key }) => key)).toEqual([after.zone.origin.key, `\x02h7${after.zone.origin.key}`])
})
