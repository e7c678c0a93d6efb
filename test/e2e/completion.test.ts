import { spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Folder, temporaryFolder } from './processes.ts'
import { needs } from './tools.ts'

const ROOT = join(import.meta.dirname, '../..')
const BIN = join(ROOT, 'bin/edge-gslb.js')

let folder: Folder
beforeAll(() => {
  folder = temporaryFolder()
  const command = join(folder.path, 'edge-gslb')
  writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`)
  chmodSync(command, 0o755)
})
afterAll(() => folder.remove())

/** Runs a script in a shell whose path has the command, beside the zones of the repository. */
function inShell(shell: string, options: readonly string[], script: string): string {
  const env = { ...process.env, PATH: `${folder.path}${delimiter}${process.env.PATH}`, ZONES: '' }
  const { stdout, stderr } = spawnSync(shell, [...options, script], { cwd: ROOT, env, encoding: 'utf8' })
  return stdout || stderr
}

const ROWS = [
  ['exp', 'explain export'],
  ['publish --pru', '--prune'],
  ['override add --state ', 'down drained up weight'],
  ['history ', 'example.com example.net'],
] as const

/** The candidates, without their descriptions. */
const candidates = (output: string, separator: RegExp): string =>
  output
    .split('\n')
    .map((line) => line.split(separator)[0]?.trim())
    .filter(Boolean)
    .sort()
    .join(' ')

test.each(ROWS)('bash completes "edge-gslb %s"', (line, expected) => {
  const words = `edge-gslb ${line}`.split(' ').map((word) => `'${word}'`)
  // As the shell calls the function: without compopt, which works only then.
  const script = `compopt() { :; }; source <(edge-gslb completion bash)
    COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}
    __edge_gslb_complete; printf '%s\\n' "\${COMPREPLY[@]}"`
  expect(candidates(inShell('bash', ['--norc', '-c'], script), /\t/)).toBe(expected)
})

needs('fish')('fish', () => {
  test.each(ROWS)('completes "edge-gslb %s"', (line, expected) => {
    const script = `edge-gslb completion fish | source; complete -C 'edge-gslb ${line}'`
    expect(candidates(inShell('fish', ['--no-config', '-c'], script), /\t/)).toBe(expected)
  })
})

needs('zsh')('zsh', () => {
  test.each(ROWS)('completes "edge-gslb %s"', (line, expected) => {
    const words = `edge-gslb ${line}`.split(' ').map((word) => `'${word}'`)
    // As zsh calls the function; its own _describe shows the candidates on a terminal.
    const script = `compdef() { : }; _describe() { print -l -- $completions }; source <(edge-gslb completion zsh)
      words=(${words.join(' ')}); CURRENT=${words.length}; _edge-gslb`
    expect(candidates(inShell('zsh', ['-f', '-c'], script), /:/)).toBe(expected)
  })
})
