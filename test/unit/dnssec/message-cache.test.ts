import { expect, test } from 'vitest'
import { Signer } from '../../../src/dnssec/index.ts'
import type { Reply } from '../../../src/zone/index.ts'
import { contextOf, ecsOption, hex, type Option, queryOf, replyTo, zoneOf } from '../support.ts'
import { newKey, ringsOf, signed } from './support.ts'

const zone = zoneOf({
  '@': { NS: 'ns' },
  ns: { A: '192.0.2.53' },
  www: { A: { kind: 'weighted', members: [1, 2].map((n) => ({ weight: n, answer: `192.0.2.${n}` })) } },
})

type Asking = {
  readonly id?: number
  readonly name?: string
  readonly options?: readonly Option[]
  readonly co?: boolean
}

/** The question for www.example.com. with DO. */
function asking({ id = 0, name = 'www.example.com.', options = [], co = false }: Asking): Uint8Array {
  const query = queryOf(name, 'A', { id, options })
  const optLength = 11 + options.reduce((sum, [, octets]) => sum + 4 + octets.length, 0)
  query[query.length - optLength + 7] = co ? 0xc0 : 0x80
  return query
}

/** The parts of a message: ID, question, records and OPT. */
function partsOf(message: Uint8Array, optLength: number) {
  const question = 12 + 'www.example.com.'.length + 1 + 4
  return {
    id: hex(message.subarray(0, 2)),
    header: hex(message.subarray(2, 12)),
    question: hex(message.subarray(12, question)),
    records: hex(message.subarray(question, message.length - optLength)),
    opt: hex(message.subarray(message.length - optLength)),
  }
}

const rings = await ringsOf(['example.com'], [await newKey()])
/** Always the first member. */
const context = contextOf([zone], { random: () => 0 })

async function ask(
  signer: Signer,
  one: Asking,
): Promise<{ readonly plain: Reply; readonly reply: Reply; optLength: number }> {
  const plain = replyTo(asking(one), context)
  const subnet = one.options?.length ? plain.message.length - replyTo(asking({}), context).message.length : 0
  return { plain, reply: await signed(plain, rings, 1_796_000_000_000, signer), optLength: 11 + subnet }
}

const ASKED: readonly Asking[] = [
  {},
  { id: 1 },
  { id: 65_535 },
  { name: 'WwW.eXample.com.' },
  { options: [ecsOption('192.0.2.0/24')] },
  { options: [ecsOption('2001:db8::/128')] },
  { id: 7, name: 'www.EXAMPLE.com.', options: [ecsOption('192.0.2.0/25')] },
]

test.each([false, true])('who asks otherwise gets the records and signatures of the first, CO %s', async (co) => {
  const signer = new Signer()
  const { reply: first } = await ask(signer, { co })
  const { header, records } = partsOf(first.message, 11)
  // Often enough that what is asked last is taken for usual, twice.
  for (let round = 0; round < 3; round++) {
    for (const one of ASKED) {
      for (let i = 0; i < (round === 1 ? 20 : 1); i++) {
        const { plain, reply, optLength } = await ask(signer, { ...one, co })
        const own = partsOf(plain.message, optLength)
        const opt = own.opt.slice(0, 14) + (co ? 'c0' : '80') + own.opt.slice(16)
        expect(partsOf(reply.message, optLength)).toEqual({ ...own, header, records, opt })
        expect(reply.response.answer[0]?.owner.wire).toEqual(plain.response.answer[0]?.owner.wire)
      }
    }
  }
})

test('those who ask alike share a message, and others get one of their own', async () => {
  const signer = new Signer()
  await ask(signer, {})
  const { reply } = await ask(signer, {})
  expect((await ask(signer, {})).reply.message).toBe(reply.message)
  const other = (await ask(signer, { id: 9 })).reply
  expect(other.message).not.toBe(reply.message)
  // Sixteen times in a row is usual.
  for (let i = 0; i < 17; i++) await ask(signer, { id: 9 })
  const [a, b] = [(await ask(signer, { id: 9 })).reply, (await ask(signer, { id: 9 })).reply]
  expect(a.message).toBe(b.message)
  expect(hex(a.message)).toBe(hex(other.message))
  // A message that is kept does not keep the buffer of other replies.
  expect(a.message.buffer.byteLength).toBeLessThan(1024)
})
