import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { AllowedCommands, readAllowedCommands } from '../../../../src/cli/agent/kinds/index.ts'
import type { ExecAction, Probe } from '../../../../src/health/index.ts'
import { eventually } from '../../../eventually.ts'
import { must } from '../../support.ts'
import { probeBy, told } from './support.ts'

const SH = '/bin/sh'
const folder = mkdtempSync(join(tmpdir(), 'edge-gslb-exec-'))
afterAll(() => rmSync(folder, { recursive: true }))

const exec = (command: readonly string[], more: Partial<ExecAction> = {}): ExecAction => ({
  ...{ kind: 'exec', command, exitStatus: 0 },
  ...more,
})
const run = async (script: string, more: Partial<ExecAction> = {}, probe: Partial<Probe> = {}) =>
  told(await probeBy(exec([SH, '-c', script], more), probe, new AllowedCommands([SH])))

describe('the exit status decides', () => {
  test.each<[string, string]>([
    ['exit 0', 'ok'],
    ['exit 1', 'failed: exit status 1, expected 0'],
    ['echo out of disk; echo more; exit 2', 'failed: exit status 2, expected 0: out of disk'],
    ['echo no route >&2; exit 2', 'failed: exit status 2, expected 0: no route'],
    ['kill -TERM $$', 'failed: the command was ended by SIGTERM'],
    // The input is empty, and not the agent's.
    ['read line && exit 9; exit 0', 'ok'],
    ['test "$PWD" = /', 'ok'],
  ])('%s', async (script, expected) => expect(await run(script)).toBe(expected))

  test('another one may be expected', async () => {
    expect(await run('exit 3', { exitStatus: 3 })).toBe('ok')
    expect(await run('exit 0', { exitStatus: 3 })).toBe('failed: exit status 0, expected 3')
  })

  test('control characters of the output do not reach a terminal', async () => {
    expect(await run(String.raw`printf '\033[31mred\007'; exit 1`)).toBe('failed: exit status 1, expected 0: ?[31mred?')
  })
})

describe('the output', () => {
  test.each<[string, ExecAction['output'], string]>([
    ['echo in sync', { contains: 'in sync' }, 'ok'],
    ['echo in sync >&2', { contains: 'in sync' }, 'ok'],
    ['printf 12', { matches: '^1\\d$' }, 'ok'],
    ['printf 123', { matches: '^1\\d$' }, 'failed: /^1\\d$/ is not in the output: 123'],
    ['true', { contains: 'x' }, 'failed: "x" is not in the output'],
    ['echo x; exit 1', { contains: 'x' }, 'failed: exit status 1, expected 0: x'],
  ])('%s, expected %j', async (script, output, expected) => expect(await run(script, { output })).toBe(expected))

  test('more than the limit ends the command', async () => {
    const flood = 'failed: the command printed more than 65536 octets'
    expect(await run('yes')).toBe(flood)
    expect(await run('yes >&2')).toBe(flood)
    expect(await run('head -c 65536 /dev/zero')).toBe('ok')
    expect(await run('head -c 65537 /dev/zero; exit 0')).toBe(flood)
  })
})

describe('time', () => {
  /** Returns the number of processes with a text in their command line. */
  const running = (text: string): number =>
    execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(text)).length

  test('a timeout kills the command and its children', async () => {
    const late = await run('sleep 98761 & sleep 98761; exit 0', {}, { timeout: 0.5 })
    expect(late).toBe('failed: no answer within 0.5 s (the command runs)')
    await eventually(() => expect(running('sleep 98761')).toBe(0))
  })

  test('children that are left behind are killed, and delay nothing', async () => {
    expect(await run('sleep 98762 & exit 0')).toBe('ok')
    await eventually(() => expect(running('sleep 98762')).toBe(0))
  })

  test('a command that ignores signals is killed, too', async () => {
    expect(await run('trap "" TERM INT HUP; sleep 98763; sleep 98763', {}, { timeout: 0.3 })).toMatch(
      /no answer within/,
    )
    await eventually(() => expect(running('sleep 98763')).toBe(0))
  })

  test('a child in another session may hold the output open: the exit status counts', async () => {
    const file = join(folder, 'in-another-session')
    const child = `setsid sh -c 'echo $$ > ${file}; exec sleep 98765'`
    const result = await run(`${child} & until [ -s ${file} ]; do sleep 0.01; done; exit 0`)
    process.kill(Number(readFileSync(file, 'utf8')))
    expect(result).toBe('ok')
  })

  test('a slow command', async () => {
    const slow = /^failed: slow: answered after \d+ ms, expected at most 50 ms$/
    expect(await run('sleep 0.2', {}, { maxLatency: 0.05 })).toMatch(slow)
    expect(await run('sleep 0.01', {}, { maxLatency: 600 })).toBe('ok')
  })

  test('running commands end with the agent', async () => {
    const script = join(folder, 'agent.ts')
    const source = new URL('../../../../src/cli/agent/kinds/program.ts', import.meta.url).pathname
    writeFileSync(
      script,
      `import { runProgram } from '${source}'
import { existsSync } from 'node:fs'
runProgram(['/bin/sh', '-c', 'sleep 98764 & touch ${join(folder, 'began')}; sleep 98764'], 100)
setInterval(() => existsSync('${join(folder, 'began')}') && process.exit(), 10)`,
    )
    execFileSync(process.execPath, [script])
    await eventually(() => expect(running('sleep 98764')).toBe(0))
  })
})

describe('the command', () => {
  test('placeholders stand for the target, and no shell reads the arguments', async () => {
    const file = join(folder, 'args')
    const script = join(folder, 'print')
    writeFileSync(script, `#!/bin/sh\nprintf '%s\\n' "$@" > ${file}\n`, { mode: 0o755 })
    const args = ['-H', '%%ITEM%%', '%%ITEM%%:%%PORT%%', '$(id)', 'a b', '*', '']
    const allowed = new AllowedCommands([script])
    const place = { host: '2001:db8::1', port: 8080 }
    expect(told(await probeBy(exec([script, ...args]), place, allowed))).toBe('ok')
    expect(readFileSync(file, 'utf8').split('\n')).toEqual([
      ...['-H', '2001:db8::1', '2001:db8::1:8080', '$(id)', 'a b', '*', ''],
      '',
    ])
  })

  test('it gets no secret of the agent', async () => {
    process.env.AGENT_KEY = 'a secret that commands must not have'
    try {
      expect(await run('env', { output: { contains: 'a secret that' } })).toMatch(/^failed: "a secret that" is not in/)
      expect(await run('env', { output: { contains: 'PATH=' } })).toBe('ok')
    } finally {
      delete process.env.AGENT_KEY
    }
  })

  test.each<[string, unknown, Partial<Probe>, RegExp]>([
    ['not allowed', ['/bin/ls'], {}, /^not-run: this agent may not run \/bin\/ls: see --allow-exec$/],
    ['another spelling', ['/bin/../bin/sh'], {}, /may not run/],
    ['missing', ['/no/such/program'], {}, /^not-run: \/no\/such\/program cannot be run here: ENOENT$/],
    ['not executable', ['/etc/passwd'], {}, /^not-run: \/etc\/passwd cannot be run here: EACCES$/],
    ['no list', 'sh', {}, /^not-run: the command is not a list of texts$/],
    ['empty', [], {}, /^not-run: the command is not a list/],
    ['a list of others', [SH, 1], {}, /^not-run: the command is not a list/],
    ['a zero octet', [SH, 'a\0'], {}, /^not-run: the command is not a list/],
    ['a target that is an option', [SH, '-c', 'exit 0'], { host: '--help' }, /^not-run: the target is neither/],
    ['a target with a shell in it', [SH, '-c', 'exit 0'], { host: '$(id)' }, /^not-run: the target is neither/],
    ['a port that is none', [SH, '-c', 'exit 0'], { port: '1;id' as never }, /^not-run: the target is neither/],
  ])('a command that cannot be run does not count against the target: %s', async (_what, command, probe, expected) => {
    const allowed = new AllowedCommands([SH, '/no/such/program', '/etc/passwd'])
    expect(told(await probeBy(exec(command as string[]), probe, allowed))).toMatch(expected)
  })
})

describe('what an operator allows', () => {
  const allows = (texts: string[], command: string[], file?: string) =>
    must(readAllowedCommands(texts, file)).allows(command)

  test('a program with any arguments, or with these', () => {
    expect(allows([], ['/bin/x'])).toBe(false)
    expect(allows(['/bin/x'], ['/bin/x'])).toBe(true)
    expect(allows(['/bin/x'], ['/bin/x', '-r', '%%ITEM%%'])).toBe(true)
    expect(allows(['/bin/x'], ['/bin/xy'])).toBe(false)
    const exact = '["/bin/x","-H","%%ITEM%%"]'
    expect(allows([exact], ['/bin/x', '-H', '%%ITEM%%'])).toBe(true)
    expect(allows([exact], ['/bin/x', '-H', '192.0.2.1'])).toBe(false)
    expect(allows([exact], ['/bin/x', '-H'])).toBe(false)
    expect(allows([exact], ['/bin/x', '-H', '%%ITEM%%', '-r'])).toBe(false)
  })

  test('a file of them', () => {
    const file = join(folder, 'allowed.json')
    writeFileSync(file, JSON.stringify(['/bin/a', ['/bin/b', '-c']]))
    expect(allows(['/bin/c'], ['/bin/a', '1'], file)).toBe(true)
    expect(allows([], ['/bin/b', '-c'], file)).toBe(true)
    expect(allows([], ['/bin/b'], file)).toBe(false)
    expect(allows(['/bin/c'], ['/bin/c'], file)).toBe(true)
  })

  test.each<[string[], string | undefined, RegExp]>([
    [['check'], undefined, /^--allow-exec 'check' is not a command; expected the whole path of a program/],
    [['["check"]'], undefined, /is not a command/],
    [['[]'], undefined, /is not a command/],
    [['["/x", 1]'], undefined, /is not a command/],
    [['["/x"'], undefined, /is not a command/],
    [[], '{}', /is not a JSON list; expected one like/],
    [[], 'x', /is not a JSON list/],
    [[], '["/x", "y"]', /: entry 2 is not a command/],
  ])('%j, file %j: refused', (texts, content, expected) => {
    const file = content === undefined ? undefined : join(folder, 'wrong.json')
    if (file !== undefined) writeFileSync(file, content as string)
    const read = readAllowedCommands(texts, file)
    expect(read.ok ? 'ok' : read.error).toMatch(expected)
  })

  test('a file that is not there', () => {
    const read = readAllowedCommands([], join(folder, 'none.json'))
    expect(read.ok ? 'ok' : read.error).toMatch(/none.json cannot be read: ENOENT/)
  })
})

test('probes leave no process and no timer that keeps the agent', async () => {
  expect(await run('exit 0')).toBe('ok')
  await eventually(() => expect(process.getActiveResourcesInfo().filter((kind) => kind === 'ProcessWrap')).toEqual([]))
})
