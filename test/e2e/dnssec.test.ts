import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDnsdist } from './dnsdist.ts'
import { queryOf } from './messages.ts'
import { type Folder, run, temporaryFolder, until } from './processes.ts'
import { type Front, type Server, startFront, startServer } from './server.ts'
import { needs, PYTHON, pathOf } from './tools.ts'
import { startValidator, type Validator, verdictOf } from './validator.ts'

const ROOT = join(import.meta.dirname, '../..')
const SECRET = 'a secret of forty characters, for tests!'
const ORIGIN = 'signed.example'

const LARGE = Array.from({ length: 30 }, (_, i) => `large IN TXT "${i} ${'x'.repeat(100)}"`).join('\n')
const zone = `$TTL 300
@ IN SOA ns root 1 3600 900 604800 60
@ IN NS ns
@ IN MX 10 Mail
ns IN A 192.0.2.53
mail IN A 192.0.2.25
www IN LUA A "pickrandom({'192.0.2.3','192.0.2.4'})"
near IN LUA A "netmask({'127.0.0.0/8'}) and '192.0.2.5' or '192.0.2.6'"
*.wild IN A 192.0.2.2
a.ent IN TXT "below an empty name"
alias IN CNAME Www
old IN DNAME wild
pool IN LUA A "ifportup(1, {'127.0.0.2','127.0.0.3'})"
insecure IN NS ns.insecure
ns.insecure IN A 192.0.2.54
${LARGE}
`

const SETTINGS = JSON.stringify({ health: { dns: true } })

const ANSWERS = [
  ['ns', 'A'],
  ['www', 'A'],
  ['near', 'A'],
  ['x.wild', 'A'],
  ['alias', 'A'],
  ['x.old', 'A'],
  ['large', 'TXT'],
  ['www', 'ANY'],
  ['www', 'NSEC'],
  ['_health.pool', 'TXT'],
] as const
const DENIALS = [
  ['www', 'TXT'],
  ['x.wild', 'MX'],
  ['nothing', 'A'],
  ['ent', 'A'],
  ['insecure', 'DS'],
  ['_health.pool', 'A'],
  ['_health.ns', 'TXT'],
] as const

let server: Server
let front: Front
let dnsdist: { port: number; stop: () => Promise<void> }
let folder: Folder
let ds: string[]

needs(
  'nghttpx',
  'dnsdist',
  'delv',
)('a signed zone on a running server, through dnsdist', () => {
  beforeAll(async () => {
    folder = temporaryFolder()
    server = await startServer({ [`${ORIGIN}.zone`]: zone, [`${ORIGIN}.settings.json`]: SETTINGS }, '', {
      DNSSEC_SECRET: SECRET,
    })
    front = await startFront(server.port)
    dnsdist = await startDnsdist(front, `ns.${ORIGIN}.`)
    await edgeGslb('enable', ORIGIN)
    ds = (await edgeGslb('ds', ORIGIN)).trim().split('\n')
    await until('it is signed', async () => (await delv('ns', 'A')).includes('; fully validated'), 2000)
  })
  afterAll(async () => {
    await dnsdist?.stop()
    await front?.stop()
    await server?.stop()
    folder?.remove()
  })

  async function edgeGslb(...args: readonly string[]): Promise<string> {
    const local = ['--persist-to', join(dirname(server.zones), 'kv'), '--config', join(ROOT, 'wrangler.toml')]
    const all = [join(ROOT, 'bin/edge-gslb.js'), 'dnssec', ...args, ...local]
    const { status, stdout, stderr } = await run(process.execPath, all, '', { DNSSEC_SECRET: SECRET })
    if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`)
    return stdout
  }

  /** Asks BIND's validator, which trusts the DS that the command prints. */
  async function delv(label: string, type: string): Promise<string> {
    const anchors = ds.map((line) => {
      const [, tag, algorithm, digestType, digest] = / DS (\d+) (\d+) (\d+) (\w+)$/.exec(line) ?? []
      return `${ORIGIN}. static-ds ${tag} ${algorithm} ${digestType} "${digest}";`
    })
    const file = join(folder.path, 'anchors')
    writeFileSync(file, `trust-anchors {\n${anchors.join('\n')}\n};\n`)
    const at = ['@127.0.0.1', '-p', `${dnsdist.port}`, '-a', file, `+root=${ORIGIN}`]
    const { stdout, stderr } = await run(pathOf('delv') ?? 'delv', [...at, `${label}.${ORIGIN}`, type])
    return `${stdout}${stderr}`
  }

  test.each(ANSWERS)('delv: %s %s', async (label, type) => {
    expect(await delv(label, type)).toContain('; fully validated')
  })

  test.each(DENIALS)('delv: no %s %s', async (label, type) => {
    expect(await delv(label, type)).toContain('; negative response, fully validated')
  })

  needs('dig')('dig', () => {
    const dig = async (...args: readonly string[]): Promise<string> =>
      (await run('dig', ['@127.0.0.1', '-p', `${dnsdist.port}`, '+dnssec', ...args])).stdout

    test('over UDP what is too large is truncated, and TCP answers', async () => {
      expect(await dig('+ignore', '+notcp', '+bufsize=1232', `large.${ORIGIN}`, 'TXT')).toMatch(/flags: qr aa tc/)
      const whole = await dig('+tcp', `large.${ORIGIN}`, 'TXT')
      expect([whole.match(/\tTXT\t/g)?.length, /\tRRSIG\tTXT 13 3 /.test(whole), / tc/.test(whole)]).toEqual([
        30,
        true,
        false,
      ])
    })

    test('a referral has the proof that it is insecure; without DO there is none', async () => {
      expect(await dig(`www.insecure.${ORIGIN}`)).toMatch(
        /insecure\.signed\.example\.\s+60\s+IN\s+NSEC\s+\\000\.insecure\.signed\.example\. NS RRSIG NSEC/,
      )
      expect(await dig('+nodnssec', `nothing.${ORIGIN}`)).toMatch(/status: NXDOMAIN/)
    })
  })

  needs('drill')('drill', () => {
    test('chases the signatures up to the DS', async () => {
      const file = join(folder.path, 'drill')
      writeFileSync(file, `${ds.join('\n')}\n`)
      const at = ['-p', `${dnsdist.port}`, '-D', '-k', file, '-S']
      const { stdout } = await run('drill', [...at, `ns.${ORIGIN}`, 'A', '@127.0.0.1'])
      expect(stdout).toMatch(/;; Chase successful/)
    })
  })

  needs('unbound')('unbound', () => {
    let validator: Validator
    beforeAll(async () => {
      validator = await startValidator([{ origin: ORIGIN, port: dnsdist.port, anchors: ds }], ORIGIN)
    })
    afterAll(() => validator?.stop())

    test.each([...ANSWERS, ...DENIALS])('%s %s is secure', async (label, type) => {
      expect(await verdictOf(validator.port, `${label}.${ORIGIN}`, type)).toBe('secure')
    })
  })

  needs('dnspython')('dnspython', () => {
    test('validates each answer, and none with an octet flipped', async () => {
      const wire = async (name: string, type: string): Promise<string> => {
        const dns = queryOf(name, type, { isSecure: true }).toString('base64url')
        const response = await fetch(`${server.url}/dns-query?dns=${dns}`)
        return Buffer.from(await response.arrayBuffer()).toString('hex')
      }
      const asked = ['ns A', 'www A', 'near A', 'x.wild A', 'nothing A', 'ent TXT', 'www TXT'] as const
      const answers = await Promise.all(
        asked.map(async (question) => {
          const [label, type = ''] = question.split(' ')
          return { name: question, wire: await wire(`${label}.${ORIGIN}`, type) }
        }),
      )
      const given = { origin: `${ORIGIN}.`, dnskey: await wire(ORIGIN, 'DNSKEY'), answers }
      const { stdout, stderr } = await run(PYTHON, [join(import.meta.dirname, 'validate.py')], JSON.stringify(given))
      const { secure, flips, believed } = JSON.parse(stdout || `{"secure":[],"error":${JSON.stringify(stderr)}}`)
      expect(secure).toEqual(asked)
      expect(believed).toEqual([])
      expect(flips).toBeGreaterThan(1000)
    })
  })

  needs('kdig')('kdig', () => {
    test('over DNS over HTTPS', async () => {
      const tls = [`+tls-ca=${front.certificate}`, '+tls-hostname=localhost', '+https', '+dnssec']
      const { stdout } = await run('kdig', ['@127.0.0.1', '-p', `${front.port}`, ...tls, `www.${ORIGIN}`])
      expect(stdout).toMatch(/RRSIG\s+A 13 3 300 /)
      expect(stdout).not.toMatch(/Flags: [a-z ]* ad/)
    })
  })
})
