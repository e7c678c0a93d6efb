import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, pause } from '../eventually.ts'
import { type Folder, run, temporaryFolder } from './processes.ts'
import { exampleZones, type Server, startServer } from './server.ts'
import { has } from './tools.ts'

const ROOT = join(import.meta.dirname, '../..')

/** A command as a reader types it, and what the page says that it prints. */
type Shown = { readonly command: string; readonly output: string }

/** The commands of a section's console blocks, in their order. */
function shownIn(section: string): readonly Shown[] {
  const page = readFileSync(join(ROOT, 'README.md'), 'utf8')
  const [, text = ''] = page.split(`\n## ${section}\n`)
  const [body = ''] = text.split('\n## ')
  return [...body.matchAll(/```console\n([\s\S]*?)```/g)].flatMap(([, block = '']) => commandsOf(block))
}

function commandsOf(block: string): readonly Shown[] {
  const lines = block.trimEnd().split('\n')
  const shown: Shown[] = []
  while (lines.length > 0) {
    let command = (lines.shift() as string).replace(/^\$ /, '')
    while (goesOn(command) && lines.length > 0) command += `\n${lines.shift()}`
    const end = lines.findIndex((line) => line.startsWith('$ '))
    shown.push({ command, output: lines.splice(0, end < 0 ? lines.length : end).join('\n') })
  }
  return shown
}

/** A shell reads on after a backslash, a pipe, and within quotes. */
const goesOn = (command: string): boolean => /[\\|]$/.test(command) || command.split("'").length % 2 === 0

/**
 * Makes what differs from day to day the same: times, serials of days, ids of keys. A line "…" stands for any lines.
 */
function patternOf(output: string): RegExp {
  const source = sameEachDay(output)
    .split(/^…\n/m)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[\\s\\S]*')
  return new RegExp(`^${source}$`)
}

const sameEachDay = (text: string): string =>
  text
    .trimEnd()
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/\b20\d{6}(0\d)\b/g, 'DAY$1')
    .replaceAll(/\([a-z2-7]{8}\)/g, '(ID)')
    .replaceAll('\r', '')
    // A change right after another one waits for the second that KV wants between two writes of a key.
    .replace('KV has it in a moment', 'in KV since TIME')

let server: Server
let folder: Folder
beforeAll(async () => {
  server = await startServer(exampleZones())
  folder = temporaryFolder()
  // `npx edge-gslb` as in a clone; keys go to the KV of this server.
  const bin = join(folder.path, 'bin')
  mkdirSync(bin)
  const own = join(dirname(server.zones), 'kv')
  const lines = ['#!/bin/sh', 'shift', `[ "$1" = key ] && set -- "$@" --persist-to '${own}'`]
  writeFileSync(join(bin, 'npx'), `${[...lines, `exec node '${join(ROOT, 'bin/edge-gslb.js')}' "$@"`].join('\n')}\n`)
  chmodSync(join(bin, 'npx'), 0o755)
  mkdirSync(join(folder.path, 'work'))
})
afterAll(async () => {
  await server.stop()
  folder.remove()
})

/** Runs a command in the shell that the commands before it have set up. */
async function typed(command: string): Promise<string> {
  const environment = join(folder.path, 'environment')
  const script = [
    `cd '${folder.path}/work'`,
    `[ -e '${environment}' ] && . '${environment}'`,
    `export PATH='${folder.path}/bin':"$PATH"`,
    command.replaceAll('127.0.0.1:8787', `127.0.0.1:${server.port}`),
    `export -p > '${environment}'`,
  ]
  const { stdout, stderr } = await run('bash', ['-c', `exec 2>&1\n${script.join('\n')}`])
  return (stdout + stderr).replaceAll(`127.0.0.1:${server.port}`, '127.0.0.1:8787')
}

/** Every command of the section prints what the page says. A question is asked again until the change is served. */
test.skipIf(!has('curl') || !has('jq'))('README: a policy is changed as the page shows it', async () => {
  const shown = shownIn('Change a policy')
  expect(shown.map(({ command }) => command).join('\n')).toMatch(/PATCH[\s\S]* plan [\s\S]* rollback /)
  for (const { command, output } of shown) {
    const isQuestion = command.includes('/resolve?')
    const once = async (): Promise<void> =>
      expect(sameEachDay(await typed(command)), command).toMatch(patternOf(output))
    if (!isQuestion) await once()
    else
      await eventually(async () => {
        await pause(200)
        await once()
      })
  }
})
