import { hostName } from './hosts.ts'
import { type KvCounts, KvServer } from './kv-server.ts'
import { largeValues } from './large-zones.ts'
import { cpuTime, hasCpuTimes } from './processes.ts'
import { type Cost, type Row, ratio } from './ratio.ts'
import { bareConfig, end, exchange, open, ourConfig, requestFor, type Server, start } from './server.ts'
import { SMALL, valuesOf } from './zones.ts'

const LARGE = 100_000
const EFFORT = { times: 1, rounds: 15, warmUp: 1 }
const TIME_LIMIT = 4

/** KV's answers take so long that requests which can overlap do. */
const KV_DELAY_MS = 50

/** Measures a new workerd process up to its first DoH answer: its CPU time, its time, and the reads of KV. */
export async function firstAnswerRows(): Promise<Row[]> {
  if (!hasCpuTimes('the first answer of workerd')) return []
  const small = await KvServer.start(await valuesOf(SMALL))
  const large = await KvServer.start(largeValues(LARGE))
  try {
    const bare = bareConfig()
    const cpu = (what: string, limit: number, kv: KvServer, name: string): Promise<Row> => {
      const row = `a new workerd up to its first DoH answer, CPU / a new bare Hono Worker: ${what}`
      const cost = afterStart(cpuSpent)
      return ratio(row, limit, cost(ourConfig(kv), name), cost(bare, name), EFFORT)
    }
    const time = afterStart((_, begun) => Number(process.hrtime.bigint() - begun))
    const src = 'src.example.com'
    return [
      await cpu('a zone of 20 records', 1.5, small, src),
      await cpu('a zone of 100,000 records', 2, large, hostName(56_789)),
      await ratio(
        'time from the start of workerd to the first answer / bare Hono Worker',
        TIME_LIMIT,
        time(ourConfig(small), src),
        time(bare, src),
        EFFORT,
      ),
      ...(await readRows()),
    ]
  } finally {
    small.stop()
    large.stop()
  }
}

const cpuSpent = ({ child }: Server): number => cpuTime(child.pid as number)

/** Measures a new process right after its first answer. */
const afterStart =
  (measure: (server: Server, begun: bigint) => number) =>
  (services: string, name: string): Cost =>
  async () => {
    const begun = process.hrtime.bigint()
    const server = await start('first', services, 2)
    try {
      const socket = await open(server.port)
      await exchange(socket, requestFor(name))
      const measured = measure(server, begun)
      socket.destroy()
      return measured
    } finally {
      await end(server)
    }
  }

async function readRows(): Promise<Row[]> {
  const forced = { pool: 'elsewhere.*', force: 'down', by: 'bench', why: 'maintenance' } as const
  const small = await readsOf(await valuesOf(SMALL, [forced]), 'pool.example.com')
  const large = await readsOf(largeValues(LARGE), hostName(34_567))
  const rowsOf = (what: string, oneAfterTheOther: number, keys: number, counts: KvCounts): Row[] => {
    const row = (how: string, value: number, limit: number): Row => {
      return { row: `KV reads before the first answer, ${how}: ${what}`, value, limit, spread: 0 }
    }
    return [
      row('one after the other', counts.oneAfterTheOther, oneAfterTheOther),
      row('altogether', counts.requests, 4),
      row('keys', counts.keys, keys),
    ]
  }
  return [
    // The catalog, and the zone; beside it, in one read, the health of two vantage points and the overrides.
    ...rowsOf('a zone with health and overrides', 2, 5, small),
    // The catalog, the head, and a part.
    ...rowsOf('a zone of 100,000 records', 3, 3, large),
  ]
}

/** Counts what a new workerd has asked KV for when its first answer is there. */
async function readsOf(values: Map<string, Buffer>, name: string): Promise<KvCounts> {
  const kv = await KvServer.start(values, KV_DELAY_MS)
  const server = await start('reads', ourConfig(kv))
  try {
    const socket = await open(server.port)
    await exchange(socket, requestFor(name))
    const { counts } = kv
    socket.destroy()
    return counts
  } finally {
    await end(server)
    kv.stop()
  }
}
