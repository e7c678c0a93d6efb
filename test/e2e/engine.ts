import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Zone } from '../../src/zone/index.ts'
import { answer } from '../unit/both-forms.ts'
import { contextOf } from '../unit/support.ts'

export type Engine = { readonly port: number; readonly stop: () => void }

/** Serves the core over UDP on loopback, for clients that need UDP without TLS. */
export async function startEngine(zones: readonly Zone[]): Promise<Engine> {
  const context = contextOf(zones)
  const socket = createSocket('udp4')
  socket.on('message', (message, { port, address }) => {
    const answered = answer(message, context)
    if (answered.kind === 'reply') socket.send(answered.message, port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return { port: (socket.address() as AddressInfo).port, stop: () => void socket.close() }
}
