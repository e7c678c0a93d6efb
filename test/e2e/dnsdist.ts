import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { askUdp } from './messages.ts'
import { freePort, ready, start, temporaryFolder } from './processes.ts'
import type { Front } from './server.ts'
import { pathOf } from './tools.ts'

/** The configuration in docs/port-53.md. */
function documented(): string {
  const text = readFileSync(new URL('../../docs/port-53.md', import.meta.url), 'utf8')
  const block = /```lua\n(.*?)```/s.exec(text)?.[1]
  if (block === undefined) throw new Error('docs/port-53.md has no configuration')
  return block
}

/** Replaces values, each of which has to exist. */
const filled = (text: string, values: readonly (readonly [from: string, to: string])[]): string =>
  values.reduce((filling, [from, to]) => {
    if (!filling.includes(from)) throw new Error(`docs/port-53.md does not have ${from}`)
    return filling.replace(from, () => to)
  }, text)

/** dnsdist on loopback: plain DNS in front, DNS over HTTPS behind, with the client's address as ECS. */
export async function startDnsdist(behind: Front, probe: string): Promise<{ port: number; stop: () => Promise<void> }> {
  const folder = temporaryFolder()
  const config = join(folder.path, 'dnsdist.conf')
  const port = await freePort()
  const values = [
    ['192.0.2.53:53', `127.0.0.1:${port}`],
    ["{'0.0.0.0/0', '::/0'}", "{'127.0.0.0/8'}"],
    // A test may exceed the rate limit.
    ['MaxQPSIPRule(50)', 'MaxQPSIPRule(100000)'],
    ['198.51.100.1:443', `127.0.0.1:${behind.port}`],
    ["subjectName='gslb.example.com'", `subjectName='localhost', caStore='${behind.certificate}'`],
    ['ns1.example.com.', probe],
    ['checkInterval=30', 'checkInterval=1'],
  ] as const
  writeFileSync(config, filled(documented(), values))
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
