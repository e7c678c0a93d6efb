import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { NO_RECORDS, parseQuery, type Query, RCODE } from '../src/dns/index.ts'
import { answerBeyond, type Fetch, Forwarder } from '../src/forward/index.ts'
import { queryMessage } from './messages.ts'

/** Prints the megabytes that so many forwarded names add to the memory of the process, at most. */
const [count = '0'] = process.argv.slice(2)
const STEP = 50_000

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function used(): number {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Answers each question with an address. */
const fetch: Fetch = async (_, { body }) => {
  const query = body as Uint8Array
  const end = query.indexOf(0, 12) + 5
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 1, 0x51, 0x80, 0, 4, 192, 0, 2, 1]
  const reply = Uint8Array.from([0, 0, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, ...query.subarray(12, end), ...record])
  return new Response(reply, { headers: { 'Content-Type': 'application/dns-message' } })
}

const forwarder = new Forwarder(['https://dns.example/'], { fetch, clock: Date.now, timer: () => () => {} })
const own = { ...NO_RECORDS, rcode: RCODE.REFUSED }

async function ask(name: string): Promise<void> {
  const parsed = parseQuery(new Uint8Array(queryMessage(name)))
  if (!parsed.ok || !parsed.value.question) throw new Error('no query')
  const query: Query = parsed.value
  const beyond = { query, question: parsed.value.question, name: parsed.value.question, own, needsContent: false }
  const { seconds } = await answerBeyond(
    beyond,
    { forwarder, passing: 'as sent', clock: Date.now },
    Date.now(),
    () => {},
  )
  if (seconds !== 86_400) throw new Error(`${name} is not answered`)
}

for (let i = 0; i < 2000; i++) await ask(`warm-up-${i}.example`)
const before = used()
let most = 0
for (let i = 0; i < Number(count); i++) {
  await ask(`host-${i}.customer.example`)
  if (i % STEP === STEP - 1) most = Math.max(most, used() - before)
}
console.log((most / 1_000_000).toFixed(1))
