import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Programs of Debian 13 that Debian 12 has older or not at all, by their packages. */
const PROGRAMS = { dnsdist: 'usr/bin/dnsdist', 'dnscrypt-proxy': 'usr/sbin/dnscrypt-proxy' } as const

type Program = keyof typeof PROGRAMS

const FOLDER = fileURLToPath(new URL('../../node_modules/.cache/debian-13', import.meta.url))

/** Returns the command of a program of Debian 13; undefined if `fetchDebian13` could not fetch it. */
export function ofDebian13(program: Program): string | undefined {
  const command = join(FOLDER, 'bin', program)
  return existsSync(command) ? command : undefined
}

/**
 * Fetches the programs with all that they need, and unpacks them into a folder of their own. Nothing is installed: each
 * runs with the loader and the libraries of Debian 13. apt checks the signatures, by the keys that Debian 12 has as
 * well.
 * @returns why it came to nothing; undefined if the programs are there
 */
export function fetchDebian13(): string | undefined {
  if (existsSync(FOLDER)) return undefined
  if (!existsSync(KEYRING)) return 'this is no Debian'
  mkdirSync(dirname(FOLDER), { recursive: true })
  const folder = mkdtempSync(`${FOLDER}-`)
  try {
    const why = fetchInto(folder)
    if (why === undefined) renameSync(folder, FOLDER)
    return why
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const suite = (mirror: string): string => `Types: deb
URIs: ${mirror}
Suites: trixie
Components: main
Signed-By: ${KEYRING}
`

/** Returns the mirror from which this machine has Debian's main component. */
function mirrorOf(): string | undefined {
  const { stdout } = spawnSync('apt-get', ['indextargets', '--format', '$(COMPONENT) $(REPO_URI)'], {
    encoding: 'utf8',
    timeout: 20_000,
  })
  const mains = (stdout ?? '').split('\n').filter((line) => line.startsWith('main ') && !line.includes('security'))
  return mains[0]?.split(' ')[1]
}

function fetchInto(folder: string): string | undefined {
  const mirror = mirrorOf()
  if (!mirror) return "apt knows no mirror of Debian's main component"
  const path = (name: string): string => join(folder, name)
  for (const name of ['apt/lists/partial', 'apt/cache/archives/partial', 'root', 'bin']) {
    mkdirSync(path(name), { recursive: true })
  }
  writeFileSync(path('apt/debian.sources'), suite(mirror))
  writeFileSync(path('apt/status'), '')
  const options = Object.entries({
    'Dir::Etc::sourcelist': path('apt/debian.sources'),
    'Dir::Etc::sourceparts': '-',
    'Dir::State::lists': path('apt/lists'),
    'Dir::State::status': path('apt/status'),
    'Dir::Cache': path('apt/cache'),
    'Acquire::http::Timeout': '20',
    'Debug::NoLocking': 'true',
    'APT::Sandbox::User': 'root',
  }).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const fetched =
    failed('apt-get', [...options, 'update', '--quiet']) ??
    failed('apt-get', [
      ...[...options, 'install', '--download-only', '--yes', '--quiet', '--no-install-recommends'],
      ...Object.keys(PROGRAMS),
    ])
  if (fetched !== undefined) return fetched
  for (const name of globSync(path('apt/cache/archives/*.deb'))) {
    const why = failed('dpkg-deb', ['-x', name, path('root')])
    if (why !== undefined) return why
  }
  const loader = globSync(path('root/usr/lib/*-linux-gnu*/ld-linux-*.so.*'))[0]
  if (!loader) return 'the loader of Debian 13 is not where it was expected'
  for (const [name, program] of Object.entries(PROGRAMS)) {
    const command = path(`bin/${name}`)
    const script = (root: string): string => {
      const ld = loader.replace(folder, root)
      return `#!/bin/sh\nexec '${ld}' --library-path '${dirname(ld)}' '${join(root, 'root', program)}' "$@"\n`
    }
    writeFileSync(command, script(folder), { mode: 0o755 })
    const why = failed(command, ['--version'])
    if (why !== undefined) return why
    writeFileSync(command, script(FOLDER), { mode: 0o755 })
  }
  rmSync(path('apt'), { recursive: true })
  return undefined
}

function failed(command: string, args: readonly string[]): string | undefined {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, stderr, error } = spawnSync(command, args, { env, encoding: 'utf8', timeout: 240_000 })
  if (status === 0) return undefined
  return `${command} failed: ${error?.message ?? stderr.trim().split('\n').slice(-3).join(' ')}`
}
