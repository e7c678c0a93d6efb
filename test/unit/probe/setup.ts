import type { TestProject } from 'vitest/node'
import { startReport, startServers } from './servers.ts'
import type {} from './support.ts'

/** Nothing listens inside workerd: the servers of its tests run beside it, and their ports are handed over. */
export default async function setup({ provide }: TestProject): Promise<() => void> {
  const servers = await startServers()
  const report = await startReport(servers)
  provide('probeServers', {
    ports: Object.fromEntries(Array.from(servers, ([name, { port }]) => [name, port])),
    report: report.port,
  })
  return () => {
    for (const { stop } of [...servers.values(), report]) stop()
  }
}
