import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** Returns whether CPU times and memory of other processes can be read; if not, says what is left out. */
export function hasCpuTimes(what: string): boolean {
  if (existsSync('/proc/self/task')) return true
  console.log(`skip  ${what}: CPU time is read from /proc, which this system does not have`)
  return false
}

/** Returns the CPU time of all threads of a process, in nanoseconds. */
export function cpuTime(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  return threads.reduce((sum, thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')
    return sum + Number(stat.split(' ')[0])
  }, 0)
}

/** Returns the octets of memory that a process has now. */
export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return 1024 * Number(kilobytes)
}
