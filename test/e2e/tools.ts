import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe } from 'vitest'
import { ofDebian13 } from './debian-13.ts'

/** Debian's Python: the first `python3` of the path may lack Debian's packages. */
export const PYTHON = '/usr/bin/python3'

/** The tools of the tests besides Node, with their Debian packages. */
export const PACKAGES = {
  kdig: ['knot-dnsutils'],
  dig: ['bind9-dnsutils'],
  delv: ['bind9-dnsutils'],
  drill: ['ldnsutils'],
  curl: ['curl'],
  jq: ['jq'],
  nghttpx: ['nghttp2-proxy'],
  openssl: ['openssl'],
  python3: ['python3'],
  dnspython: ['python3-dnspython', 'python3-httpx', 'python3-h2'],
  dnsdist: ['dnsdist'],
  pdns_server: ['pdns-server', 'pdns-backend-bind'],
  'pdns-backend-geoip': ['pdns-backend-geoip'],
  'pdns-backend-remote': ['pdns-server', 'pdns-backend-remote'],
  'pdns-backend-sqlite3': ['pdns-server', 'pdns-backend-sqlite3'],
  promtool: ['prometheus'],
  amtool: ['prometheus-alertmanager'],
  unbound: ['unbound'],
  ping: ['iputils-ping'],
  ip: ['iproute2'],
  socat: ['socat'],
  chromium: ['chromium'],
  'firefox-esr': ['firefox-esr'],
  certutil: ['libnss3-tools'],
  dnss: ['dnss'],
  'named-checkzone': ['bind9-utils'],
  'dnssec-verify': ['bind9-utils'],
  kzonecheck: ['knot-dnssecutils'],
  luajit: ['luajit'],
  fish: ['fish'],
  zsh: ['zsh'],
  lego: ['lego'],
  pebble: ['pebble'],
  lexicon: ['lexicon', 'python3-lexicon'],
  // `fetchDebian13` has them without installing them.
  'dnsdist of Debian 13': [],
  'dnscrypt-proxy of Debian 13': [],
} as const

export type Tool = keyof typeof PACKAGES

/** Tools that are not found by the path alone. */
const PROBES: Partial<Record<Tool, () => boolean>> = {
  dnspython: () => spawnSync(PYTHON, ['-c', 'import dns.query, httpx, h2'], { timeout: 20_000 }).status === 0,
  pdns_server: () => loads('bind'),
  'pdns-backend-geoip': () => loads('geoip'),
  'pdns-backend-remote': () => loads('remote'),
  'pdns-backend-sqlite3': () => loads('gsqlite3'),
  'dnsdist of Debian 13': () => ofDebian13('dnsdist') !== undefined,
  'dnscrypt-proxy of Debian 13': () => ofDebian13('dnscrypt-proxy') !== undefined,
}

/** True if PowerDNS has a backend. */
function loads(backend: string): boolean {
  const server = pathOf('pdns_server')
  if (!server) return false
  const { status, stdout, stderr } = spawnSync(server, ['--no-config', `--launch=${backend}`, '--help'], {
    timeout: 20_000,
  })
  return status === 0 && !/unable to load/i.test(`${stdout}${stderr}`)
}

const known = new Map<Tool, boolean>()

/** True if a tool is installed. Only a positive result is cached. */
export function has(tool: Tool): boolean {
  if (known.get(tool)) return true
  const there = PROBES[tool]?.() ?? pathOf(tool) !== undefined
  known.set(tool, there)
  return there
}

/** Finds a command, also in the folders of servers, which are not on every path. */
export function pathOf(command: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
  return folders.map((folder) => join(folder, command)).find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** `describe` for tests that need tools. If one is missing they are skipped, with the reason in the title. */
export function needs(...tools: readonly Tool[]): (title: string, tests: () => void) => void {
  const missing = tools.filter((tool) => !has(tool))
  if (missing.length === 0) return describe
  return (title, tests) => describe.skipIf(true)(`${title} [SKIPPED: ${missing.join(', ')} not installed]`, tests)
}
