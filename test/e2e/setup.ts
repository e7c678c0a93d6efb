import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { fetchDebian13 } from './debian-13.ts'
import { has, PACKAGES, pathOf, type Tool } from './tools.ts'

/** Installs missing tools before all end-to-end tests, or lists them, so that no skip is unnoticed. */
export default function setup(): void {
  const missing = missingTools()
  if (missing.length === 0) return
  const packages = [...new Set(missing.flatMap((tool) => PACKAGES[tool]))]
  const whys = [packages.length > 0 ? (whyNotInstall() ?? install(packages)) : '', fetchDebian13() ?? '']
  const still = missingTools()
  if (still.length === 0) return
  const bar = '!'.repeat(100)
  console.error(
    [bar, `MISSING: ${still.join(', ')}. The tests that need them are SKIPPED.`, ...whys, byHand(still), bar].join(
      '\n',
    ),
  )
}

const missingTools = (): Tool[] => (Object.keys(PACKAGES) as Tool[]).filter((tool) => !has(tool))

const byHand = (tools: readonly Tool[]): string =>
  `By hand on Debian: apt-get install ${tools.flatMap((tool) => PACKAGES[tool]).join(' ')}`

function whyNotInstall(): string | undefined {
  if (!existsSync('/etc/debian_version') || !pathOf('apt-get')) return 'This is no Debian: nothing was installed.'
  return process.getuid?.() === 0 ? undefined : 'Only root may install packages: nothing was installed.'
}

/** Installs Debian's packages without starting, now or at the next boot, the services that come with them. */
function install(packages: readonly string[]): string {
  console.error(`Installing from Debian's packages: ${packages.join(' ')}`)
  const allowed = forbidServices()
  try {
    const args = ['install', '--yes', '--quiet', '--no-install-recommends', ...packages]
    if (aptGet(args).status === 0) return ''
    aptGet(['update', '--quiet'])
    const { status, stderr } = aptGet(args)
    return status === 0 ? '' : `apt-get failed:\n${stderr.trim().split('\n').slice(-5).join('\n')}`
  } finally {
    allowed()
    disableServices(packages)
  }
}

const aptGet = (args: readonly string[]) =>
  spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=60', '-o', 'Acquire::http::Timeout=20', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    encoding: 'utf8',
    timeout: 240_000,
  })

const POLICY = '/usr/sbin/policy-rc.d'

/** Debian runs this file before a package starts a service: status 101 forbids it. An existing file is kept. */
function forbidServices(): () => void {
  if (existsSync(POLICY)) return () => {}
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  return () => rmSync(POLICY, { force: true })
}

const SERVICES: Readonly<Record<string, string>> = {
  dnsdist: 'dnsdist',
  dnss: 'dnss',
  'nghttp2-proxy': 'nghttpx',
  'pdns-server': 'pdns',
  prometheus: 'prometheus',
  'prometheus-alertmanager': 'prometheus-alertmanager',
  unbound: 'unbound',
}

/** Only for newly installed packages: existing services stay unchanged. */
function disableServices(packages: readonly string[]): void {
  const services = packages.flatMap((name) => SERVICES[name] ?? [])
  if (services.length > 0 && pathOf('systemctl')) spawnSync('systemctl', ['disable', ...services], { timeout: 30_000 })
}
