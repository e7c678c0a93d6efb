import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { decode } from 'dns-packet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodeIo } from '../../src/cli/probe-node.ts'
import { askedCondition, Health, nextState, type Probe, type TargetState, UNPROBED } from '../../src/health/index.ts'
import { runProbe } from '../../src/probe/index.ts'
import type { LocalZone } from '../../src/zone/index.ts'
import type { CompiledSource } from '../../src/zonefile/index.ts'
import { exportedOf } from '../unit/lua/export-support.ts'
import { address, contextOf, must, replyTo, seeded } from '../unit/support.ts'
import {
  type CorpusQuestion,
  compileCorpus,
  corpusFiles,
  corpusQuestion,
  includedFiles,
  questionsOf,
  readCorpus,
} from '../unit/zonefile/corpus-support.ts'
import { CORPUS_CHANCE, CORPUS_CLIENTS, CORPUS_DIFFERENCES } from './corpus-cases.ts'
import { type Ask, askUdp, queryOf, rcodeOf, summary } from './messages.ts'
import { type PowerDns, startPowerDns } from './pdns.ts'
import { freePort, pooled } from './processes.ts'
import { needs } from './tools.ts'

/** The port of web servers, which the files call 8080. Port 8443 has no server. */
const UP = [...[2, 3, 4, 5, 6, 7, 8, 9].map((last) => `127.0.0.${last}`), '::1']
/** Options for reading LUA like PowerDNS before 5.0. */
const AS_4_7 = { luaInsertWhitespace: true, luaBackupAllLists: true }
/** The number of attempts until both agree: PowerDNS probes once a second, from the first question on. */
const ROUNDS = 60
const PATIENCE = { timeout: 900_000 }

needs('pdns_server')('PowerDNS, asked the corpus', () => {
  const servers: Server[] = []
  const texts = new Map<string, string>()
  /** The probes of the zones, and those that answers have asked for. */
  const probes = new Map<string, Probe>()
  let zones: readonly LocalZone[]
  let health: Health
  let pdns: PowerDns
  let theirs: Ask

  beforeAll(async () => {
    const [open, shut] = [await freePort(), await freePort()]
    for (const host of UP) servers.push(await listen(open, host))
    for (const file of corpusFiles) {
      texts.set(
        file,
        readCorpus(file)
          .replace(/\b8080\b/g, `${open}`)
          .replace(/\b8443\b/g, `${shut}`),
      )
    }
    const compiled = corpusFiles.map((file) => ({ file, result: compileCorpus(file, texts.get(file), AS_4_7) }))
    zones = compiled.flatMap(({ result }) => (result.ok ? [result.value.zone] : []))
    const files = compiled.flatMap(({ file, result }): [string, string][] => {
      if (!result.ok) return []
      const { document } = result.value
      // PowerDNS reads files line by line, so code with line feeds exists in its databases only.
      const text = /^;.*in PowerDNS's database/.test(texts.get(file) ?? '') ? exportedOf(document) : texts.get(file)
      return [[`${document.origin.replace(/\.$/, '')}.zone`, text ?? '']]
    })
    const included = includedFiles.map((name): [string, string] => [name, readCorpus(name)])
    pdns = await startPowerDns(Object.fromEntries([...included, ...files]), { 'lua-health-checks-interval': '1' })
    theirs = askUdp(pdns.port)
    for (const { conditions } of zones) for (const { probe } of conditions) probes.set(probe.id, probe)
    await probeAll()
    // PowerDNS probes targets of queries, and so do we for computed targets. Before that both answer a backup.
    await differing(forAll(compiled.flatMap(({ file, result }) => (result.ok ? checkedIn(file, result.value) : []))))
    await probeAll()
  }, PATIENCE.timeout)
  afterAll(async () => {
    for (const server of servers) server.close()
    await pdns?.stop()
  })

  /** Makes all probes, like an agent. */
  async function probeAll(): Promise<void> {
    const io = nodeIo()
    const states = await pooled([...probes.values()], async (probe): Promise<[string, TargetState]> => {
      return [probe.id, nextState(UNPROBED, await runProbe(probe, io), 1000, probe)]
    })
    health = new Health([{ name: 'test', at: 1000, targets: new Map(states) }], [], 1000)
  }

  const ours = (name: string, type: string, subnet: string, seed = 1): string[] => {
    const context = contextOf(zones, { connection: address('127.0.0.1'), health, random: seeded(seed) })
    const { message, asked } = replyTo(new Uint8Array(queryOf(name, type, { subnet })), context)
    for (const check of asked ?? []) {
      const { probe } = must(askedCondition(check, { after: 0, policy: 'keep' }))
      probes.set(probe.id, probe)
    }
    return told(decode(Buffer.from(message)))
  }

  /** The questions of a file with health checks. */
  const checkedIn = (file: string, { document }: CompiledSource): CorpusQuestion[] => {
    const text = texts.get(file) ?? ''
    return /\bif\w+up\(/.test(text) ? questionsOf(text, document) : []
  }

  const differing = async (questions: readonly Asked[]): Promise<Difference[]> => {
    const all = await pooled(questions, async ({ name, type, subnet }) => {
      const [mine, oracle] = [ours(name, type, subnet), told(await theirs(name, type, { subnet }))]
      return { name, type, subnet, mine, oracle }
    })
    return all.filter(({ mine, oracle }) => mine.join('\n') !== oracle.join('\n'))
  }

  /** Asks until PowerDNS has probed all targets. Returns the remaining differences. */
  const settled = async (questions: readonly Asked[]): Promise<Difference[]> => {
    let rest = await differing(questions)
    for (let round = 0; rest.length > 0 && round < ROUNDS; round++) {
      await again()
      rest = await differing(rest)
    }
    return rest
  }

  const forAll = (questions: readonly CorpusQuestion[]): Asked[] =>
    questions.flatMap((question) => CORPUS_CLIENTS.map((subnet) => ({ ...question, subnet })))

  test.each(corpusFiles)('%s: the same for 20 clients each', PATIENCE, async (file) => {
    const text = texts.get(file) ?? ''
    const { document } = must(compileCorpus(file, text, AS_4_7))
    const questions = questionsOf(text, document).filter((asked) => !CHANCE.has(asked.name) && !isDifferent(asked))
    expect(brief(await settled(forAll(questions)))).toEqual([])
  })

  test.each(DIFFERENT)('$asked of $zone differs: $why', async (question) => {
    const differences = await differing(forAll([question]))
    expect(differences).not.toEqual([])
    expect(differences.filter(({ mine }) => mine[0] === 'SERVFAIL')).toEqual([])
  })

  test.each(CORPUS_CHANCE)('%s: of the same answers for each client, and all of them', PATIENCE, async (name) => {
    const type = name.startsWith('txt.') ? 'TXT' : 'A'
    // The rarest answer of a client has a chance of a fifth, so a hundred questions include it.
    const questions = forAll(Array.from({ length: 5 }, () => ({ name, type })))
    const drawn = async (): Promise<[theirs: string[], ours: string[]]> => {
      const possible = new Map(CORPUS_CLIENTS.map((subnet) => [subnet, possibleFor({ name, type, subnet })]))
      const asked = await pooled(questions, async ({ subnet }) => {
        const answer = told(await theirs(name, type, { subnet })).join(' | ')
        return possible.get(subnet)?.has(answer) ? answer : `${subnet}: ${answer}`
      })
      return [sortedSet(asked), sortedSet([...possible.values()].flatMap((answers) => [...answers]))]
    }
    let [oracle, mine] = await drawn()
    for (let round = 0; oracle.join() !== mine.join() && round < ROUNDS; round++) {
      await again()
      ;[oracle, mine] = await drawn()
    }
    expect(oracle).toEqual(mine)
  })

  const possibleFor = ({ name, type, subnet }: Asked): ReadonlySet<string> =>
    new Set(Array.from({ length: 200 }, (_, seed) => ours(name, type, subnet, seed).join(' | ')))

  /** Advances the time, with new probes. */
  async function again(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 250))
    await probeAll()
  }
})

const sortedSet = (texts: readonly string[]): string[] => [...new Set(texts)].sort()

const CHANCE: ReadonlySet<string> = new Set(CORPUS_CHANCE)
const DIFFERENT = CORPUS_DIFFERENCES.flatMap(([zone, names, types, why]) =>
  names
    .split(' ')
    .flatMap((owner) =>
      types.split(' ').map((type) => ({ ...corpusQuestion(zone, owner, type), asked: `${owner} ${type}`, zone, why })),
    ),
)
const isDifferent = ({ name, type }: CorpusQuestion): boolean =>
  DIFFERENT.some((row) => row.name === name && row.type === type)

type Asked = CorpusQuestion & { readonly subnet: string }
type Difference = Asked & { readonly mine: readonly string[]; readonly oracle: readonly string[] }

/** Returns a line for each difference, with the first client that sees it. */
function brief(differences: readonly Difference[]): string[] {
  const lines = new Map<string, string>()
  for (const { name, type, subnet, mine, oracle } of differences) {
    const what = `${name} ${type}: ${mine.join(' | ')}; PowerDNS: ${oracle.join(' | ')}`
    if (!lines.has(what)) lines.set(what, `${what} (${subnet})`)
  }
  return [...lines.values()]
}

/** AA beside SERVFAIL is not a model. */
const told = (reply: Awaited<ReturnType<Ask>>): string[] =>
  rcodeOf(reply) === 'SERVFAIL' ? ['SERVFAIL'] : summary(reply)

async function listen(port: number, host: string): Promise<Server> {
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/health' ? 200 : 404
    response.end('all is well')
  }).listen(port, host)
  await once(server, 'listening')
  return server
}
