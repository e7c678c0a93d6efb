import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { err, ok, type Result } from '../../result.ts'
import { startWrangler, untilGone } from '../wrangler.ts'
import { type DevVars, writeVars } from './vars.ts'

export type DevServer = {
  /** Resolves when the server has exited, for any reason. */
  readonly gone: Promise<void>
  readonly stop: () => Promise<void>
}

type DevServerOptions = {
  readonly port: number
  readonly config: string
  readonly cwd: string
  readonly persistTo: string | undefined
  readonly vars: DevVars
  /** Receives the server's output once it answers: wrangler's errors and the Worker's log. */
  readonly onOutput: (text: string) => void
  /** Ends the wait for the server to start. */
  readonly stopped: AbortSignal
}

/** The address to listen on, which only this machine can reach. */
export const HOST = '127.0.0.1'

/** Starts `wrangler dev` and waits until the Worker answers. Start-up output is shown only if the start fails. */
export async function startDevServer(options: DevServerOptions): Promise<Result<DevServer>> {
  const { port, config, cwd, persistTo, vars, onOutput, stopped } = options
  const args = ['dev', '--config', config, '--ip', HOST, '--port', String(port), '--inspector-port', '0']
  args.push('--show-interactive-dev-session=false', '--log-level', 'warn')
  if (persistTo !== undefined) args.push('--persist-to', persistTo)
  const userFile = join(cwd, '.dev.vars')
  // The last file counts. Without the first option wrangler would not read the user's file.
  if (existsSync(userFile)) args.push('--env-file', userFile)
  const file = writeVars(vars)
  args.push('--env-file', file.path)
  const started = startWrangler(args, cwd)
  if (!started.ok) {
    file.remove()
    return started
  }
  const child = started.value
  const output = outputOf(child, onOutput)
  let running = true
  const gone = untilGone(child).then(() => {
    running = false
    file.remove()
  })
  const stop = async (): Promise<void> => {
    if (running) child.kill('SIGTERM')
    await Promise.race([gone, sleep(STOP_MS)])
    if (running) child.kill('SIGKILL')
  }

  if (await answers(port, () => running && !stopped.aborted)) {
    output.show()
    return ok({
      gone,
      stop: () => {
        output.drop()
        return stop()
      },
    })
  }
  await stop()
  return err(`the server did not start; wrangler said:\n${stripVTControlCharacters(output.kept()).trim()}`)
}

/**
 * Collects the output of a process. After `show` it passes output on; after `drop` it discards output. Output is
 * discarded while the server stops: esbuild prints goroutine stacks if it is stopped during a build.
 */
export function outputOf(
  { stdout, stderr }: Pick<ChildProcess, 'stdout' | 'stderr'>,
  onOutput: (text: string) => void,
) {
  let kept = ''
  let hear = (text: string): void => {
    kept += text
  }
  for (const stream of [stdout, stderr]) stream?.setEncoding('utf8').on('data', (text: string) => hear(text))
  return {
    kept: () => kept,
    show: () => {
      hear = onOutput
    },
    drop: () => {
      hear = () => {}
    },
  }
}

const START_MS = 60_000
const STOP_MS = 5000
const POLL_MS = 100

/** Tries to listen on the port, because wrangler's error for a used port is hard to find in its output. */
export async function isFree(port: number): Promise<Result<true>> {
  const server = createServer()
  try {
    server.listen(port, HOST)
    await once(server, 'listening')
    return ok(true)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE')
      return err(`port ${port} is taken; set another one, like PORT=${nextPort(port)} npm start`)
    if (code === 'EACCES') return err(`port ${port} may not be used; set one above 1023, like PORT=8787 npm start`)
    return err(`port ${port} cannot be used: ${message}`)
  } finally {
    if (server.listening) {
      server.close()
      await once(server, 'close')
    }
  }
}

const nextPort = (port: number): number => (port < 65_535 ? port + 1 : 8787)

async function answers(port: number, running: () => boolean): Promise<boolean> {
  const deadline = Date.now() + START_MS
  while (running() && Date.now() < deadline) {
    try {
      await fetch(`http://${HOST}:${port}/`, { signal: AbortSignal.timeout(2000) })
      return true
    } catch {
      await sleep(POLL_MS)
    }
  }
  return false
}

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
