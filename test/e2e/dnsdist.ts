import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { askUdp } from './messages.ts'
import { freePort, ready, start, temporaryFolder } from './processes.ts'
import type { Front } from './server.ts'
import { pathOf } from './tools.ts'

/** dnsdist on loopback: plain DNS in front, DNS over HTTPS behind, with the client's address as ECS. */
export async function startDnsdist(behind: Front, probe: string): Promise<{ port: number; stop: () => Promise<void> }> {
  const folder = temporaryFolder()
  const config = join(folder.path, 'dnsdist.conf')
  const port = await freePort()
  writeFileSync(
    config,
    `setLocal('127.0.0.1:${port}')
setACL({'127.0.0.0/8'})
setSecurityPollSuffix('')
setECSSourcePrefixV4(32)
newServer({
  address='127.0.0.1:${behind.port}', tls='openssl', subjectName='localhost', dohPath='/dns-query',
  validateCertificates=true, caStore='${behind.certificate}', useClientSubnet=true, checkName='${probe}', checkInterval=1
})
`,
  )
  const server = start(pathOf('dnsdist') ?? 'dnsdist', ['--supervised', '--disable-syslog', '--config', config])
  const answers = async () => ((await askUdp(port)(probe, 'A')).answers ?? []).length > 0
  await ready('dnsdist', server, answers).catch((error) => {
    folder.remove()
    throw error
  })
  const stop = async (): Promise<void> => {
    await server.stop()
    folder.remove()
  }
  return { port, stop }
}
