import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ofDebian13 } from './debian-13.ts'
import { askUdp } from './messages.ts'
import { freePort, ready, start, temporaryFolder } from './processes.ts'
import type { Front } from './server.ts'
import { pathOf } from './tools.ts'

/** The examples, for dnsdist 1.7 and for later ones. */
export const DNSDIST_FILES = ['dnsdist-1.7.conf', 'dnsdist-1.9.conf'] as const

export const dnsdistExample = (name: (typeof DNSDIST_FILES)[number]): string =>
  readFileSync(new URL(`../../examples/dnsdist/${name}`, import.meta.url), 'utf8')

/** The tools of which each is a dnsdist: the installed one, and that of Debian 13. */
export const DNSDISTS = ['dnsdist', 'dnsdist of Debian 13'] as const

type DnsdistTool = (typeof DNSDISTS)[number]

export const commandOf = (tool: DnsdistTool): string =>
  (tool === 'dnsdist' ? pathOf('dnsdist') : ofDebian13('dnsdist')) ?? 'dnsdist'

/** Returns the example for the version of a dnsdist. */
function exampleFor(command: string): (typeof DNSDIST_FILES)[number] {
  const { stdout } = spawnSync(command, ['--version'], { encoding: 'utf8', timeout: 20_000 })
  return /^dnsdist 1\.[0-8]\./.test(stdout) ? 'dnsdist-1.7.conf' : 'dnsdist-1.9.conf'
}

/** Replaces values, each of which has to exist. @param file its name, for the error */
export const filled = (text: string, values: readonly (readonly [from: string, to: string])[], file: string): string =>
  values.reduce((filling, [from, to]) => {
    if (!filling.includes(from)) throw new Error(`${file} does not have ${from}`)
    return filling.replace(from, () => to)
  }, text)

/** dnsdist on loopback: plain DNS in front, DNS over HTTPS behind, with the client's address as ECS. */
export async function startDnsdist(
  behind: Front,
  probe: string,
  tool: DnsdistTool = 'dnsdist',
): Promise<{ port: number; stop: () => Promise<void> }> {
  const command = commandOf(tool)
  const folder = temporaryFolder()
  const config = join(folder.path, 'dnsdist.conf')
  const port = await freePort()
  const name = exampleFor(command)
  const values = [
    ['192.0.2.53:53', `127.0.0.1:${port}`],
    ["{'0.0.0.0/0', '::/0'}", "{'127.0.0.0/8'}"],
    // A test may exceed the rate limit.
    ['MaxQPSIPRule(50)', 'MaxQPSIPRule(100000)'],
    ['MaxQPSIPRule(200)', 'MaxQPSIPRule(100000)'],
    ['198.51.100.1:443', `127.0.0.1:${behind.port}`],
    ["subjectName='gslb.example.com'", `subjectName='localhost', caStore='${behind.certificate}'`],
    ['ns1.example.com.', probe],
    ['checkInterval=30', 'checkInterval=1'],
  ] as const
  writeFileSync(config, filled(dnsdistExample(name), values, name))
  const server = start(command, ['--supervised', '--disable-syslog', '--config', config])
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
