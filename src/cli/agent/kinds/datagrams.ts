import { createSocket, type Socket } from 'node:dgram'
import type { Datagrams, WireFailure } from '../../../probe/index.ts'
import { err, ok, type Result } from '../../../result.ts'
import { addressOf, failure } from '../../probe-node.ts'

/** Datagrams that wait for a reader: a peer that sends more loses them, as the network would. */
const MAX_WAITING = 64

/** Opens a UDP socket for one peer: the system drops datagrams of others, and reports an ICMP error of the peer. */
export function openDatagrams(host: string, port: number): Datagrams {
  const inbox = new Inbox()
  let socket: Socket | undefined
  let isClosed = false
  const open = async (): Promise<Result<undefined, WireFailure>> => {
    const found = await addressOf(host)
    if (!found.ok) return found
    return new Promise((resolve) => {
      if (isClosed) return resolve(ok(undefined))
      socket = createSocket(found.value.family === 6 ? 'udp6' : 'udp4')
      socket.on('message', (octets) => inbox.put(octets))
      socket.on('error', (error) => {
        inbox.break()
        resolve(err(failure(error, 'connecting', host)))
      })
      // The callback gets the error of a connection that fails, which is then no event.
      socket.connect(port, found.value.address, (error?: Error) =>
        resolve(error ? err(failure(error, 'connecting', host)) : ok(undefined)),
      )
    })
  }
  return {
    opened: open(),
    stage: () => 'connecting',
    send: (octets) =>
      new Promise((resolve) => {
        if (!socket || isClosed) return resolve(err({ at: 'connecting', detail: 'the socket is closed' }))
        socket.send(octets, (error) => resolve(error ? err(failure(error, 'connecting', host, 'send')) : ok(undefined)))
      }),
    read: () => inbox.take(),
    close() {
      if (isClosed) return
      isClosed = true
      inbox.break()
      socket?.close()
    },
  }
}

/** Datagrams between the socket and its one reader. */
class Inbox {
  private readonly waiting: Uint8Array[] = []
  private reader: ((octets: Uint8Array | 'lost') => void) | undefined
  private isBroken = false

  put(octets: Uint8Array): void {
    const { reader } = this
    this.reader = undefined
    if (reader) reader(octets)
    else if (this.waiting.length < MAX_WAITING) this.waiting.push(octets)
  }

  break(): void {
    this.isBroken = true
    this.reader?.('lost')
    this.reader = undefined
  }

  take(): Promise<Uint8Array | 'lost'> {
    const next = this.waiting.shift()
    if (next) return Promise.resolve(next)
    if (this.isBroken) return Promise.resolve('lost')
    return new Promise((resolve) => {
      this.reader = resolve
    })
  }
}
