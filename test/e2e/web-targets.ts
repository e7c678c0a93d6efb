import { type Running, start, until } from './processes.ts'

/** Web servers that checks probe, each in a process of its own, at loopback addresses and one port. */
export class WebTargets {
  readonly port: number
  private readonly running = new Map<string, Running>()

  constructor(port: number) {
    this.port = port
  }

  async start(...addresses: readonly string[]): Promise<void> {
    for (const address of addresses) {
      const script = `require('http').createServer((q, r) => r.end('ok')).listen(${this.port}, '${address}')`
      this.running.set(address, start(process.execPath, ['-e', script]))
      await until(`${address} listens`, async () => (await fetch(`http://${address}:${this.port}/`)).ok)
    }
  }

  /** Ends them as a crash does. */
  kill(...addresses: readonly string[]): void {
    for (const address of addresses) {
      const target = this.running.get(address)
      if (target?.running()) process.kill(target.pid, 'SIGKILL')
    }
  }

  killAll(): void {
    this.kill(...this.running.keys())
  }
}
