import { seededRng } from '../src/policy/index.ts'
import { askAll } from './ask.ts'
import { hostName } from './hosts.ts'
import { KvServer, type KvValues } from './kv-server.ts'
import { largeValues } from './large-zones.ts'
import { hasCpuTimes, residentBytes } from './processes.ts'
import type { Row } from './ratio.ts'
import { end, ourConfig, requestFor, start } from './server.ts'
import { synthetic } from './synthetic.ts'
import { SMALL, valuesOf } from './zones.ts'

const RECORDS = 1_000_000
const MANY_RECORDS = 10_000_000
/**
 * The largest zone has so many queries, each of another part than most before it: all that an isolate keeps goes often.
 */
const MANY_QUERIES = 4000
/** One of three parts of it is there: three times as many as an isolate keeps. */
const STEP = 3
const LIMIT_MB = 96
const MB = 1_000_000

/**
 * Steps through all names in an order in which neighbours are far apart: these have no common factor with the records.
 */
const STRIDE = 618_033

/** Measures the memory that large zones add to workerd: against a small zone that answers as many queries. */
export async function memoryRows(): Promise<Row[]> {
  if (!hasCpuTimes('memory of large zones')) return []
  const same = requestFor('ns1.example.com')
  const small = await valuesOf(SMALL)
  const added = async (
    row: string,
    values: KvValues,
    queries: number,
    host: (number: number) => number,
  ): Promise<Row> => {
    const baseline = await mostMemory(small, queries, () => same)
    const subject = await mostMemory(values, queries, (number) => requestFor(hostName(host(number))))
    const megabytes = (octets: number): number => Math.round(octets / MB)
    const [value, spread] = [megabytes(subject.most - baseline.most), megabytes(subject.most - subject.last)]
    return { row, value, limit: LIMIT_MB, spread }
  }
  const { values, hosts } = await synthetic(MANY_RECORDS, STEP)
  const random = seededRng(5)
  return [
    await added('memory that 10,000,000 A records add to workerd, under random queries, MB', values, MANY_QUERIES, () =>
      hosts(random),
    ),
    await added(
      'memory that 1,000,000 A records add to workerd, all asked for once, MB',
      largeValues(RECORDS),
      RECORDS,
      (number) => (number * STRIDE) % RECORDS,
    ),
  ]
}

/** Returns the most octets of memory of a new workerd while it answers, and those at the end. */
async function mostMemory(values: KvValues, queries: number, requestOf: (number: number) => Buffer) {
  const kv = await KvServer.start(values)
  const server = await start('memory', ourConfig(kv))
  const pid = server.child.pid as number
  try {
    let most = 0
    await askAll(server.port, queries, requestOf, () => {
      most = Math.max(most, residentBytes(pid))
    })
    return { most, last: residentBytes(pid) }
  } finally {
    await end(server)
    kv.stop()
  }
}
