import { readdirSync, readFileSync } from 'node:fs'
import type { Server } from './server.ts'

/** The workerd of a server that runs the Worker, its Durable Objects and local KV. */
export function workerOf(server: Pick<Server, 'pid'>): number {
  const found = workerds(server.pid).find(({ isFront }) => !isFront)
  if (!found) throw new Error('no workerd runs the Worker')
  return found.pid
}

/** Ends, at once, all of workerd that `wrangler dev` has started. */
export function killWorker(server: Pick<Server, 'pid'>): void {
  for (const { pid } of workerds(server.pid)) process.kill(pid, 'SIGKILL')
}

/** Returns the CPU time of all threads of a process, in milliseconds. */
export function cpuMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  const nanoseconds = threads.reduce((sum, thread) => {
    const [time] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
    return sum + Number(time)
  }, 0)
  return nanoseconds / 1e6
}

/**
 * Finds workerd below `wrangler dev`. `edge-gslb dev` has one of its own for local KV. The one in front takes the
 * requests at the port and passes them on.
 */
function workerds(pid: number): { readonly pid: number; readonly isFront: boolean }[] {
  const processes = everyProcess()
  const wranglers = processes.filter(({ parent, command }) => parent === pid && !isWorkerd(command))
  const below = (ancestor: number): typeof processes => {
    const children = processes.filter(({ parent }) => parent === ancestor)
    return children.flatMap((child) => [child, ...below(child.pid)])
  }
  const found = wranglers.flatMap((wrangler) => below(wrangler.pid)).filter(({ command }) => isWorkerd(command))
  return found.map((one) => ({ pid: one.pid, isFront: !one.command.includes('entry=127.0.0.1:0') }))
}

const isWorkerd = (command: string): boolean => /(^|\/)workerd\0serve\0/.test(command)

type Process = { readonly pid: number; readonly parent: number; readonly command: string }

const everyProcess = (): Process[] =>
  readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? processOf(name) : []))

function processOf(name: string): Process[] {
  try {
    const parent = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1]
    const command = readFileSync(`/proc/${name}/cmdline`, 'utf8')
    return [{ pid: Number(name), parent: Number(parent), command }]
  } catch {
    return []
  }
}
