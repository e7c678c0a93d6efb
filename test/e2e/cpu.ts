import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, CDPSession } from 'playwright-core'
import { until } from './processes.ts'

/** Returns the seconds of CPU that a process and all below it have taken. */
export function cpuOf(root: number): number {
  const processes = new Map<number, { readonly parent: number; readonly ticks: number }>()
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
        .map(Number)
      processes.set(Number(pid), {
        parent: fields[1] as number,
        ticks: (fields[11] as number) + (fields[12] as number),
      })
    } catch {
      // The process has ended.
    }
  }
  const isBelow = (pid: number): boolean => pid === root || (pid > 1 && isBelow(processes.get(pid)?.parent ?? 0))
  return [...processes].reduce((sum, [pid, { ticks }]) => sum + (isBelow(pid) ? ticks : 0), 0) / 100
}

/** Waits until a server has ended what nobody asked for: it adopts zones, and looks at health, after it has started. */
export async function settled(pid: number): Promise<void> {
  let calm = 0
  await until('the server has nothing to do', async () => {
    const before = cpuOf(pid)
    await sleep(500)
    calm = cpuOf(pid) - before < 0.1 ? calm + 1 : 0
    return calm === 4
  })
}

/**
 * Measures the CPU of a server and of the pages of a browser, without that of its window and of the graphics that a
 * test draws.
 */
export class PageCpu {
  private readonly pid: number
  private readonly session: CDPSession

  private constructor(pid: number, session: CDPSession) {
    this.pid = pid
    this.session = session
  }

  static async of(browser: Browser, pid: number): Promise<PageCpu> {
    return new PageCpu(pid, await browser.newBrowserCDPSession())
  }

  /** Returns the seconds that an action takes in the server, and in all pages. */
  async during(action: () => Promise<unknown>): Promise<{ readonly server: number; readonly pages: number }> {
    const [server, pages] = [cpuOf(this.pid), await this.pages()]
    await action()
    let taken = 0
    // A navigation may end the process of the page before.
    for (const [id, seconds] of await this.pages()) taken += seconds - (pages.get(id) ?? 0)
    return { server: cpuOf(this.pid) - server, pages: taken }
  }

  private async pages(): Promise<ReadonlyMap<number, number>> {
    const { processInfo } = await this.session.send('SystemInfo.getProcessInfo')
    return new Map(processInfo.filter(({ type }) => type === 'renderer').map(({ id, cpuTime }) => [id, cpuTime]))
  }
}
