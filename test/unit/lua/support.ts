import { rcodeName } from '../../../src/dns/index.ts'
import { NO_HEALTH } from '../../../src/health/index.ts'
import { compileLua, type Includes, LuaReader } from '../../../src/lua/index.ts'
import { type Context, type LocalZone, loadedZones, type Reply, type Step, type Zone } from '../../../src/zone/index.ts'
import { answer } from '../both-forms.ts'
import { databaseOf } from '../geo/support.ts'
import { address, ecsOption, must, type Option, queryOf, seeded } from '../support.ts'
import { compileText } from '../zonefile/support.ts'

export const HEAD = '$TTL 60\n@ SOA ns hostmaster 1 2 3 4 5\n@ NS ns\nns A 192.0.2.53\n'

/** A zone of LUA records and others, as a zone file has them. */
export const luaZone = (records: string, file?: string): LocalZone =>
  must(compileText(`${HEAD}${records}\n`, file)).zone

/** The answer expression of one record's code, by itself or with what it may include. */
export function compileCode(code: string, type: number, includes?: Includes): ReturnType<typeof compileLua> {
  const reader = includes?.reader ?? new LuaReader()
  const read = reader.read(code, type)
  return read.ok ? compileLua(reader, read.value, includes) : read
}

export type Asking = {
  /** Relative to example.com., or absolute. */
  readonly name?: string
  readonly type?: string
  /** The address of the connection, and the network of the Client Subnet option. */
  readonly client?: string
  readonly ecs?: string
  readonly seed?: number
  readonly context?: Partial<Context>
}

/** The reply, and every decision that led to it. */
export function replyFrom(zones: readonly Zone[], asking: Asking): Reply & { readonly trace: readonly Step[] } {
  const { name = 'x', type = 'A', client = '198.51.100.7', ecs, seed = 1, context = {} } = asking
  const options: Option[] = ecs === undefined ? [] : [ecsOption(ecs)]
  const absolute = name.endsWith('.') ? name : `${name}.example.com.`
  const trace: Step[] = []
  const all = {
    ...{ zones: loadedZones(zones), connection: address(client), health: NO_HEALTH },
    ...{ random: seeded(seed), identity: 'test', ...context },
  }
  const answered = answer(queryOf(absolute, type, { options }), all, trace)
  if (answered.kind !== 'reply') throw new Error(JSON.stringify(answered))
  return { ...answered, trace }
}

/** `NOERROR a b`, or `SERVFAIL: why`. Texts lose their quotes; addresses come in any order. */
export function told({ response }: Reply): string {
  const { rcode, answer, ede } = response
  const texts = answer.flatMap(({ rdatas }) => rdatas.map(({ text }) => text.replace(/^"([^"]*)"$/, '$1')))
  if (ede) return `${rcodeName(rcode)}: ${ede.text}`
  return texts.length === 0 ? `${rcodeName(rcode)}` : [...texts].sort().join(' ')
}

/** One LUA record, asked for. */
export function ask(code: string, type = 'A', asking: Asking = {}): string {
  return told(replyFrom([luaZone(`x LUA ${type} "${code}"`)], { type, ...asking }))
}

/** Places of a few networks: Amsterdam, New York, and Fiji beyond the date line. */
export const places = databaseOf([
  [
    '192.0.2.0/24',
    {
      ...{ country: 'NL', continent: 'EU', region: 'NH', city: 'Amsterdam' },
      ...{ asn: 64500, latitude: 52.374, longitude: 4.8897 },
    },
  ],
  [
    '198.51.100.0/22',
    { country: 'US', continent: 'NA', region: 'NY', asn: 64501, latitude: 40.7128, longitude: -74.006 },
  ],
  ['203.0.113.0/24', { country: 'FJ', latitude: -18.1416, longitude: 178.4419 }],
  ['2001:db8::/32', { country: 'WS', latitude: -13.85, longitude: -171.75 }],
])
