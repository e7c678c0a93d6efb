import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Signer } from '../../src/dnssec/index.ts'
import type { Answered, Context } from '../../src/zone/index.ts'
import { answer } from '../unit/both-forms.ts'
import { type Rings, signed } from '../unit/dnssec/support.ts'

export type SignedEngine = {
  readonly port: number
  /** Changes the keys, and what is answered from. */
  serve: (context: Context, rings: Rings) => void
  readonly stop: () => void
}

/** The engine with signatures, over TCP and UDP on loopback: what is too large for UDP is truncated. */
export async function startSignedEngine(context: Context, rings: Rings): Promise<SignedEngine> {
  let serving = { context, rings }
  const signer = new Signer()
  const reply = async (message: Uint8Array): Promise<Uint8Array | undefined> => {
    const answered: Answered = answer(message, serving.context)
    return answered.kind === 'reply' ? (await signed(answered, serving.rings, Date.now(), signer)).message : undefined
  }
  const tcp = createServer((socket) => serveTcp(socket, reply)).listen(0, '127.0.0.1')
  await once(tcp, 'listening')
  const { port } = tcp.address() as AddressInfo
  const udp = createSocket('udp4')
  udp.on('message', async (message, { port, address }) => {
    const whole = await reply(message)
    if (whole) udp.send(whole.length > UDP_OCTETS ? truncated(whole, message) : whole, port, address)
  })
  udp.bind(port, '127.0.0.1')
  await once(udp, 'listening')
  return {
    port,
    serve: (context, rings) => {
      serving = { context, rings }
    },
    stop: () => {
      udp.close()
      tcp.close()
    },
  }
}

const UDP_OCTETS = 1232

/** The header with TC, and the question. */
function truncated(whole: Uint8Array, query: Uint8Array): Uint8Array {
  let end = 12
  while ((query[end] as number) > 0) end += (query[end] as number) + 1
  const head = whole.slice(0, end + 5)
  head[2] = (head[2] as number) | 2
  head.fill(0, 6, 12)
  return head
}

function serveTcp(socket: Socket, reply: (message: Uint8Array) => Promise<Uint8Array | undefined>): void {
  let pending = Buffer.alloc(0)
  socket.on('error', () => {})
  socket.on('data', async (data) => {
    pending = Buffer.concat([pending, data])
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const message = pending.subarray(2, 2 + pending.readUInt16BE(0))
      pending = pending.subarray(2 + message.length)
      const whole = await reply(message)
      if (!whole) return
      const framed = Buffer.alloc(2 + whole.length)
      framed.writeUInt16BE(whole.length)
      framed.set(whole, 2)
      socket.write(framed)
    }
  })
}
