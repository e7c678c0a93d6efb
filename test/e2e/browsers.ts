import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Running, run, start, temporaryFolder } from './processes.ts'
import type { Front } from './server.ts'
import { pathOf } from './tools.ts'

/** A browser without a window, with a profile of its own, that resolves names by a DoH server and by nothing else. */
export type Browser = {
  /** Opens a page, and leaves it open until the browser is stopped. */
  readonly open: (url: string) => Running
  readonly remove: () => void
}

/** Chromium with secure DNS set to the front. It believes the authorities in its home. */
export async function chromium(front: Front): Promise<Browser> {
  const folder = temporaryFolder()
  const data = join(folder.path, 'data')
  const trusted = join(folder.path, '.pki/nssdb')
  for (const path of [data, trusted]) mkdirSync(path, { recursive: true })
  await trust(trusted, front)
  const dns = { mode: 'secure', templates: `${front.url}/dns-query` }
  writeFileSync(join(data, 'Local State'), JSON.stringify({ dns_over_https: dns }))
  const args = [
    ...['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'],
    ...['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-proxy-server'],
    ...['--disable-features=HttpsUpgrades', `--user-data-dir=${data}`, '--remote-debugging-port=0'],
  ]
  const open = (url: string): Running =>
    start(pathOf('chromium') ?? 'chromium', [...args, url], { env: { HOME: folder.path } })
  return { open, remove: folder.remove }
}

/** Firefox whose Trusted Recursive Resolver is the front, in mode 3: without the system's resolver. */
export async function firefox(front: Front): Promise<Browser> {
  const folder = temporaryFolder()
  const profile = join(folder.path, 'profile')
  mkdirSync(profile)
  await trust(profile, front)
  const preferences = {
    'network.trr.mode': 3,
    'network.trr.uri': `${front.url}/dns-query`,
    // The pages of the test are on loopback.
    'network.trr.allow-rfc1918': true,
    'network.trr.confirmationNS': 'skip',
    'network.proxy.type': 0,
    'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false,
    'dom.security.https_first': false,
    'app.normandy.enabled': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'toolkit.telemetry.enabled': false,
    'browser.shell.checkDefaultBrowser': false,
    'browser.aboutwelcome.enabled': false,
  }
  const lines = Object.entries(preferences).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`)
  writeFileSync(join(profile, 'user.js'), lines.join(''))
  const args = ['--headless', '--no-remote', '--profile', profile]
  const env = { HOME: folder.path, MOZ_HEADLESS: '1' }
  const open = (url: string): Running => start(pathOf('firefox-esr') ?? 'firefox-esr', [...args, url], { env })
  return { open, remove: folder.remove }
}

/** Has the database of certificates in a folder believe the front's authority. */
async function trust(folder: string, { certificate }: Front): Promise<void> {
  for (const args of [
    ['-N', '--empty-password'],
    ['-A', '-n', 'test', '-t', 'C,,', '-i', certificate],
  ]) {
    const { status, stderr } = await run('certutil', [...args, '-d', `sql:${folder}`])
    if (status !== 0) throw new Error(stderr)
  }
}
