import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDnsdist } from './dnsdist.ts'
import { run, until } from './processes.ts'
import { type Front, type Server, startFront, startServer } from './server.ts'
import { needs } from './tools.ts'
import { startValidator, type Validator, verdictOf } from './validator.ts'

const ROOT = join(import.meta.dirname, '../..')
const SECRET = 'a secret of forty characters, for tests!'
const PARENT = 'parent.example'
/** Below a delegation with DS, below one without, and below none. */
const [SECURE, INSECURE, BARE] = ['secure', 'insecure', 'bare'].map((label) => `${label}.${PARENT}`) as [
  string,
  string,
  string,
]

const zone = `$TTL 300
@ IN SOA ns root 1 3600 900 604800 60
@ IN NS ns
ns IN A 192.0.2.53
www IN LUA A "pickrandom({'192.0.2.3','192.0.2.4'})"
alias IN CNAME www.${SECURE}.
`
const delegations = 'secure IN NS ns.secure\ninsecure IN NS ns.insecure\n'

let server: Server
let front: Front
let dnsdist: { port: number; stop: () => Promise<void> }
let validator: Validator
let anchors: string[]

needs(
  'nghttpx',
  'dnsdist',
  'unbound',
)('signed zones of ours, one below the other, to a resolver that trusts the upper one', () => {
  beforeAll(async () => {
    const zones: Record<string, string> = { [`${PARENT}.zone`]: zone + delegations }
    for (const origin of [SECURE, INSECURE, BARE]) zones[`${origin}.zone`] = zone
    server = await startServer(zones, '', { DNSSEC_SECRET: SECRET })
    front = await startFront(server.port)
    dnsdist = await startDnsdist(front, `ns.${PARENT}.`)
    await edgeGslb('enable', PARENT, SECURE)
    anchors = (await edgeGslb('ds', PARENT)).trim().split('\n')
    const ds = (await edgeGslb('ds', SECURE)).trim()
    const file = join(server.zones, `${PARENT}.zone`)
    writeFileSync(file, `${readFileSync(file, 'utf8').replace('root 1 ', 'root 2 ')}${ds}\n`)
    validator = await startValidator([{ origin: PARENT, port: dnsdist.port, anchors }], PARENT)
    const isSecure = async () => (await verdictOf(validator.port, `www.${SECURE}`, 'A')) === 'secure'
    await until('the zone below is secure', isSecure, 2000).catch((error) => {
      throw new Error(`${error.message}\n${validator.log()}`)
    })
  })
  afterAll(async () => {
    await validator?.stop()
    await dnsdist?.stop()
    await front?.stop()
    await server?.stop()
  })

  async function edgeGslb(...args: readonly string[]): Promise<string> {
    const local = ['--persist-to', join(dirname(server.zones), 'kv'), '--config', join(ROOT, 'wrangler.toml')]
    const all = [join(ROOT, 'bin/edge-gslb.js'), 'dnssec', ...args, ...local]
    const { status, stdout, stderr } = await run(process.execPath, all, '', { DNSSEC_SECRET: SECRET })
    if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`)
    return stdout
  }

  test.each([
    [`www.${PARENT}`, 'A', 'secure'],
    [`www.${SECURE}`, 'A', 'secure'],
    [`nothing.${SECURE}`, 'A', 'secure'],
    [SECURE, 'DNSKEY', 'secure'],
    [SECURE, 'DS', 'secure'],
    [`alias.${PARENT}`, 'A', 'secure'],
    [INSECURE, 'DS', 'secure'],
    [BARE, 'DS', 'secure'],
    [`www.${INSECURE}`, 'A', 'insecure'],
    [`nothing.${INSECURE}`, 'A', 'insecure'],
    [`www.${BARE}`, 'A', 'insecure'],
    [`nothing.${BARE}`, 'TXT', 'insecure'],
  ] as const)('%s %s is %s', async (name, type, verdict) => {
    expect(await verdictOf(validator.port, name, type)).toBe(verdict)
  })

  needs('dig')('dig', () => {
    const dig = async (...args: readonly string[]): Promise<string> =>
      (await run('dig', ['@127.0.0.1', '-p', `${dnsdist.port}`, '+dnssec', ...args])).stdout

    test('DS at the apex of the lower zone is the answer of the upper one, with its signature', async () => {
      const told = await dig(SECURE, 'DS')
      expect(told).toMatch(/flags: qr aa/)
      expect(told).toMatch(new RegExp(`RRSIG\\s+DS 13 3 300 \\d+ \\d+ \\d+ ${PARENT}\\. `))
      expect(await dig(INSECURE, 'DS')).toContain(`\\000.${INSECURE}. NS RRSIG NSEC\n`)
    })
  })
})
