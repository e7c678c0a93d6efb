import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { decode, encode } from 'dns-packet'

/** Servers whose every reply is of the test, octet by octet: by address, all at one port. */
export class HostileTargets {
  private readonly servers: Server[] = []
  port = 0

  /** Answers each HTTP request at an address with these octets. */
  async http(address: string, reply: string): Promise<void> {
    await this.listen(address, (data, end) => {
      if (data.includes('\r\n\r\n')) end(Buffer.from(reply, 'latin1'))
    })
  }

  /** Answers each DNS question over TCP at an address with one TXT record. */
  async dns(address: string, text: string): Promise<void> {
    await this.listen(address, (data, end) => {
      if (data.length < 2 || data.length < data.readUInt16BE(0) + 2) return
      const { id = 0, questions = [] } = decode(data.subarray(2))
      const answers = questions.map(({ name }) => ({ type: 'TXT' as const, name, ttl: 1, data: text }))
      const message = encode({ type: 'response', id, questions, answers })
      const length = Buffer.alloc(2)
      length.writeUInt16BE(message.length)
      end(Buffer.concat([length, message]))
    })
  }

  close(): void {
    for (const server of this.servers) server.close()
  }

  private async listen(address: string, receive: (data: Buffer, end: (reply: Buffer) => void) => void): Promise<void> {
    const server = createServer((socket) => {
      let data = Buffer.alloc(0)
      socket.on('error', () => {})
      socket.on('data', (part) => {
        data = Buffer.concat([data, part])
        receive(data, (reply) => socket.end(reply))
      })
    })
    server.listen(this.port, address)
    await once(server, 'listening')
    this.port = (server.address() as { port: number }).port
    this.servers.push(server)
  }
}
