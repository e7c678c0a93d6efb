import { answer } from '../src/zone/index.ts'
import { compileSource } from '../src/zonefile/index.ts'
import { contextFor, WEIGHTED_PICK, zoneOf } from './engine.ts'
import { queryMessage, SOA } from './messages.ts'
import { type Row, ratio, timeOf } from './ratio.ts'
import { storedZone } from './stored.ts'

/** A static LUA record compiles to the same document as the JSON (test/unit/lua/run.test.ts tests that). */
const SAME = 1.05

/** The required maximum: a script must not cost more than ten static answers. */
const LIMIT = 10

const PICK = "pickwrandom({{1, '1.2.3.4'}, {2, '4.3.2.1'}})"
const SCRIPTS: readonly (readonly [name: string, what: string, code: string])[] = [
  ['country', 'an if on country around two picks', `;if country('US') then return ${PICK} else return ${PICK} end`],
  [
    'netmask',
    'an if on netmask around two picks',
    `;if netmask({'10.0.0.0/8'}) then return ${PICK} end return ${PICK}`,
  ],
  [
    'computed',
    'a hash over a list that is made',
    ";local t = {} for i = 1, 4 do t[i] = '192.0.2.' .. i end return pickhashed(t)",
  ],
  ['forward', 'createForward', 'createForward()'],
]

/** Compares LUA records, from message to message: folded with the same in JSON, and run with folded. */
export async function luaRows(): Promise<Row[]> {
  const { mname, rname, serial, refresh, retry, expire, minimum } = SOA
  const text = [
    '$TTL 300',
    `@ SOA ${mname} ${rname} ${serial} ${refresh} ${retry} ${expire} ${minimum}`,
    `random LUA A "${PICK}"`,
    ...SCRIPTS.map(([name, , code]) => `${name === 'forward' ? '*.forward' : name} LUA A "${code}"`),
  ].join('\n')
  const compiled = compileSource({ file: 'example.com.zone', text }, () => ({ ok: false, error: 'no file' }))
  if (!compiled.ok) throw new Error(compiled.error[0]?.message)
  const lua = contextFor(storedZone(compiled.value.zone))
  const json = contextFor(
    zoneOf({ origin: 'example.com', ttl: 300, soa: SOA, records: { random: { A: WEIGHTED_PICK } } }),
  )
  const message = (name: string) => new Uint8Array(queryMessage(`${name}.example.com`))
  const asking = (name: string, context: typeof lua) => {
    const octets = message(name)
    return timeOf(() => answer(octets, context))
  }
  const options = { times: 4000, rounds: 41, warmUp: 40_000 }
  const rows = [
    await ratio(
      'engine: a static LUA record / the same in JSON',
      SAME,
      asking('random', lua),
      asking('random', json),
      options,
    ),
  ]
  for (const [name, what] of SCRIPTS) {
    const asked = name === 'forward' ? 'ip-192-0-2-1.forward' : name
    rows.push(
      await ratio(`engine: LUA, ${what} / a static record`, LIMIT, asking(asked, lua), asking('random', lua), options),
    )
  }
  return rows
}
