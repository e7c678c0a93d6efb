import { keyTag, wrapKey } from '../src/dnssec/index.ts'
import { formatCatalog, parseCatalog } from '../src/store/catalog.ts'
import { CATALOG_KEY, dnssecKey, hashText } from '../src/store/shapes.ts'
import { generatePair } from '../src/zone-keys/material.ts'
import { KvServer } from './kv-server.ts'
import { cpuTime, hasCpuTimes } from './processes.ts'
import type { Row } from './ratio.ts'
import { end, exchange, open, ourConfig, type Server, start } from './server.ts'
import { keySetOf, query, summary, ZONE } from './signed-zone.ts'
import { must } from './stored.ts'
import { valuesOf } from './zones.ts'

const SECRET = 'a secret of the bench that has 32 characters'
const ROUNDS = 9
const QUERIES = 2000
const CONNECTIONS = 4

/**
 * Measures a fresh signature where it is made: workerd signs in its own thread, Node hands each one to another thread.
 */
export async function signedWorkerdRows(): Promise<Row[]> {
  if (!hasCpuTimes('signatures on workerd')) return []
  const [plain, signed] = [await KvServer.start(await valuesOf(ZONE)), await KvServer.start(await signedValues())]
  const servers: Server[] = []
  try {
    for (const [name, kv] of [['unsigned', plain] as const, ['signed', signed] as const]) {
      servers.push(await start(name, ourConfig(kv, { DNSSEC_SECRET: SECRET })))
    }
    const [without, withKeys] = servers as [Server, Server]
    await Promise.all([microseconds(without, 'warm-up'), microseconds(withKeys, 'warm-up')])
    const costs: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const base = await microseconds(without, `round-${round}`)
      costs.push((await microseconds(withKeys, `round-${round}`)) - base)
    }
    return [
      {
        row: 'CPU of a fresh signature in workerd: a signed DoH reply above an unsigned one, in microseconds',
        ...summary(costs),
      },
    ]
  } finally {
    await Promise.all(servers.map(end))
    plain.stop()
    signed.stop()
  }
}

async function signedValues(): Promise<Map<string, Buffer>> {
  const { origin } = ZONE
  const pair = await generatePair(13)
  const { algorithm, publicKey } = pair
  const tag = keyTag({ algorithm, publicKey, flags: 257 })
  const wrapped = await wrapKey(SECRET, { origin, algorithm, tag }, pair.pkcs8)
  const text = JSON.stringify(keySetOf(origin, pair, wrapped))
  const dnssec = await hashText(text)
  const values = await valuesOf(ZONE)
  const catalog = must(parseCatalog((values.get(CATALOG_KEY) as Buffer).toString()))
  const zones = new Map([...catalog.zones].map(([name, entry]) => [name, { ...entry, dnssec }]))
  return values
    .set(CATALOG_KEY, Buffer.from(formatCatalog({ ...catalog, zones })))
    .set(dnssecKey(dnssec), Buffer.from(text))
}

/** Returns the CPU of a query for a name that nobody has asked for yet. */
async function microseconds({ child, port }: Server, names: string): Promise<number> {
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(port)))
  const pid = child.pid as number
  const before = cpuTime(pid)
  let left = QUERIES
  await Promise.all(
    sockets.map(async (socket) => {
      while (left-- > 0) await exchange(socket, requestFor(`${names}-${left}.many.example.com`))
    }),
  )
  const spent = cpuTime(pid) - before
  for (const socket of sockets) socket.destroy()
  return spent / 1000 / QUERIES
}

function requestFor(name: string): Buffer {
  const dns = Buffer.from(query(name)).toString('base64url')
  return Buffer.from(`GET /dns-query?dns=${dns} HTTP/1.1\r\nHost: localhost\r\nAccept: application/dns-message\r\n\r\n`)
}
