import { formatOverrides, formatVantage, type Override, type TargetState, UNPROBED } from '../src/health/index.ts'
import { EMPTY_CATALOG, formatCatalog, type ZoneEntry } from '../src/store/catalog.ts'
import { compiledOf, namesOf } from '../src/store/compiled.ts'
import { CATALOG_KEY, hashText, healthKey, OVERRIDES_KEY, sealVantage } from '../src/store/index.ts'
import { compileZone, type LocalZone } from '../src/zone/index.ts'
import { hostAddress, hostLabel, LARGE_ORIGIN } from './hosts.ts'
import { SOA } from './messages.ts'
import { must } from './stored.ts'

/** A zone document. */
export type Document = { readonly origin: string; readonly records: Readonly<Record<string, unknown>> }

export const valuesOf = (document: Document, overrides: readonly Override[] = []): Promise<Map<string, Buffer>> =>
  valuesOfZone(document.origin, compiledZone(document), overrides)

/**
 * Returns the values of KV for queries of a zone: the catalog, the compiled zone, and health if the zone depends on it.
 */
export async function valuesOfZone(
  origin: string,
  zone: LocalZone,
  overrides: readonly Override[] = [],
): Promise<Map<string, Buffer>> {
  const compiled = await compiledOf(zone)
  const hash = await hashText(JSON.stringify([origin, zone.serial]))
  const entry: ZoneEntry = { serial: zone.serial, hash, ...namesOf(compiled) }
  const catalog = formatCatalog({ ...EMPTY_CATALOG, zones: new Map([[origin, entry]]) })
  const values = new Map(Array.from(compiled.values, ([key, value]) => [key, Buffer.from(value as Uint8Array)]))
  values.set(CATALOG_KEY, Buffer.from(catalog))
  if (zone.usesHealth) values.set(healthKey('cron'), Buffer.from(await healthOf(zone)))
  if (overrides.length > 0) values.set(OVERRIDES_KEY, Buffer.from(formatOverrides(overrides)))
  return values
}

export const compiledZone = (document: Document): LocalZone => must(compileZone(document)).zone

/** All targets are up since a minute ago. */
function healthOf({ conditions }: LocalZone): Promise<string> {
  const now = Date.now()
  const seconds = Math.floor(now / 1000)
  const up: TargetState = { ...UNPROBED, state: 'up', since: seconds - 60, at: seconds, ms: 20 }
  const targets = new Map(conditions.map(({ probe }) => [probe.id, up]))
  const round = { at: now, ms: 300, due: targets.size, probed: targets.size, left: 0 }
  return sealVantage(formatVantage({ name: 'cron', at: now, round, targets }))
}

const POOL = {
  kind: 'pool',
  check: { kind: 'tcp', port: 443 },
  select: 'weighted',
  members: [
    { weight: 1, answer: '192.0.2.10' },
    { weight: 2, answer: '192.0.2.11' },
  ],
}

/** 20 records, among them a view, a weighted pick and a pool. */
export const SMALL = {
  origin: 'example.com',
  ttl: 300,
  soa: SOA,
  records: {
    '@': { NS: ['ns1', 'ns2'], MX: ['10 mail', '20 mail2'], TXT: '"v=spf1 mx -all"', A: '192.0.2.2' },
    ns1: { A: '192.0.2.53', AAAA: '2001:db8::53' },
    ns2: { A: '198.51.100.53', AAAA: '2001:db8:1::53' },
    mail: { A: '192.0.2.25' },
    mail2: { A: '198.51.100.25' },
    src: {
      A: { kind: 'view', rules: [{ networks: ['192.168.0.0/16'], answer: '192.168.1.54' }], otherwise: '192.0.2.1' },
    },
    random: {
      A: {
        kind: 'weighted',
        members: [
          { weight: 1, answer: '1.2.3.4' },
          { weight: 2, answer: '4.3.2.1' },
        ],
      },
    },
    pool: { A: { ttl: [10, 60], answer: POOL } },
    www: { CNAME: 'src' },
    api: { A: ['192.0.2.80', '192.0.2.81'] },
    '*.dyn': { A: '192.0.2.99' },
  },
}

/** A zone of so many A records. Versions differ in their serial and in every hundredth record. */
export function largeZone(records: number, version: number): Document {
  const address = (i: number) => (i % 100 === 0 ? `192.0.2.${version}` : hostAddress(i))
  const hosts = Object.fromEntries(Array.from({ length: records }, (_, i) => [hostLabel(i), { A: address(i) }]))
  const soa = { ...SOA, serial: version }
  return { origin: LARGE_ORIGIN, ttl: 300, soa, records: { ns: { A: '192.0.2.1' }, ...hosts } } as Document
}
