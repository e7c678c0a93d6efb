import { type ChildProcess, spawn } from 'node:child_process'

/** A program that has ended: by itself, by a signal, or because it printed too much. */
export type Ended =
  | { readonly kind: 'exit'; readonly status: number; readonly output: Uint8Array; readonly errors: Uint8Array }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'flood' }
  /** The machine could not start it. */
  | { readonly kind: 'unstarted'; readonly code: string }

type Program = {
  readonly ended: Promise<Ended>
  /** Kills the program and all of its descendants in its process group. */
  readonly kill: () => void
}

/** The variables that programs inherit. The agent's key and other secrets of its environment are not among them. */
const INHERITED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'TZ', 'TMPDIR']

/**
 * Runs a program without a shell, in a process group of its own, with the root as its folder and without input.
 * @param maxOctets the limit on what it prints to standard output and standard error together
 */
export function runProgram([program = '', ...args]: readonly string[], maxOctets: number): Program {
  const inherited = INHERITED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))
  const env = { ...Object.fromEntries(inherited), LC_ALL: 'C.UTF-8' }
  let child: ChildProcess
  try {
    child = spawn(program, args, { cwd: '/', env, detached: true, shell: false, stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    // Node throws if the machine has no more processes or files.
    return { ended: Promise.resolve({ kind: 'unstarted', code: codeOf(error) }), kill: () => {} }
  }
  const { pid } = child
  if (pid !== undefined) follow(pid)
  const kill = () => {
    if (pid !== undefined) killGroup(pid)
    child.stdout?.destroy()
    child.stderr?.destroy()
  }
  return { ended: endOf(child, maxOctets, kill), kill }
}

/** The process groups that may have processes. They end with the agent. */
const groups = new Set<number>()

function follow(group: number): void {
  if (groups.size === 0) process.once('exit', killAll)
  groups.add(group)
}

const killAll = (): void => groups.forEach(killGroup)

function killGroup(group: number): void {
  // Another group may have the number of one that has ended.
  if (!groups.delete(group)) return
  if (groups.size === 0) process.off('exit', killAll)
  try {
    process.kill(-group, 'SIGKILL')
  } catch {
    // The group has no processes left.
  }
}

function endOf(child: ChildProcess, maxOctets: number, kill: () => void): Promise<Ended> {
  return new Promise((resolve) => {
    let left = maxOctets
    const collect = (stream: ChildProcess['stdout']): Buffer[] => {
      const pieces: Buffer[] = []
      stream?.on('data', (octets: Buffer) => {
        left -= octets.length
        if (left >= 0) return pieces.push(octets)
        resolve({ kind: 'flood' })
        kill()
      })
      stream?.on('error', () => {})
      return pieces
    }
    const output = collect(child.stdout)
    const errors = collect(child.stderr)
    child.once('error', (error) => resolve({ kind: 'unstarted', code: codeOf(error) }))
    child.once('exit', () => {
      // Its output waits in the pipes. A descendant that has left the group may hold them open.
      if (child.pid !== undefined) killGroup(child.pid)
      setTimeout(kill, DRAIN_MS).unref()
    })
    child.once('close', (status, signal) => {
      if (status === null) resolve({ kind: 'signal', signal: signal ?? 'a signal' })
      else resolve({ kind: 'exit', status, output: Buffer.concat(output), errors: Buffer.concat(errors) })
    })
  })
}

/** The time in which the last output of a program that has ended is read. */
const DRAIN_MS = 200

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'an unknown error'
