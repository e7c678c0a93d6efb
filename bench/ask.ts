import type { Socket } from 'node:net'
import { open } from './server.ts'

const CONNECTIONS = 4
/** Requests that are sent on a connection before their replies are read: fewer turns of both processes. */
const AT_ONCE = 32

/**
 * Asks so many requests over a few kept connections, each of which sends several ahead (RFC 9112 §9.3.2).
 * @param requestOf makes the request of a number
 * @param progress is called after every hundred replies or so
 */
export async function askAll(
  port: number,
  count: number,
  requestOf: (number: number) => Buffer,
  progress: () => void = () => {},
): Promise<void> {
  let next = 0
  const work = async (): Promise<void> => {
    const socket = await open(port)
    try {
      for (let turn = 1; next < count; turn++) {
        const many = Math.min(AT_ONCE, count - next)
        const requests = Array.from({ length: many }, () => requestOf(next++))
        await exchangeMany(socket, requests)
        if (turn % 4 === 0) progress()
      }
    } finally {
      socket.destroy()
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, work))
  progress()
}

/** Sends requests, and waits for as many replies, each of which has to have an answer. */
function exchangeMany(socket: Socket, requests: readonly Buffer[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = requests.length
    let unread = ''
    const end = (): void => {
      socket.off('data', read)
      socket.off('error', failed)
    }
    const failed = (error: unknown): void => {
      end()
      reject(error)
    }
    const read = (data: Buffer): void => {
      unread += data.toString('latin1')
      try {
        for (let length = replyLength(unread); length !== undefined; length = replyLength(unread)) {
          unread = unread.slice(length)
          left--
        }
      } catch (error) {
        return failed(error)
      }
      if (left > 0) return
      end()
      resolve()
    }
    socket.on('data', read)
    socket.once('error', failed)
    socket.write(Buffer.concat(requests))
  })
}

/**
 * Returns the characters of the reply that stands first, or undefined if it is not there to its end.
 * @param text one character for each octet
 * @throws if it has no answer (RFC 1035 §4.1.1)
 */
function replyLength(text: string): number | undefined {
  const headers = text.indexOf(BLANK_LINE) + BLANK_LINE.length
  if (headers < BLANK_LINE.length) return undefined
  const length = Number(/^content-length: (\d+)/im.exec(text.slice(0, headers))?.[1])
  if (text.length < headers + length) return undefined
  const [rcode, answers] = [text.charCodeAt(headers + 3) & 15, text.charCodeAt(headers + 7)]
  if (!text.startsWith('HTTP/1.1 200') || rcode !== 0 || answers === 0 || !(length >= 12)) {
    throw new Error(`no answer: rcode ${rcode}, ${text.slice(0, headers + length)}`)
  }
  return headers + length
}

const BLANK_LINE = '\r\n\r\n'
