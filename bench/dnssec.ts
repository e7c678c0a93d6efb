import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { importSigningKey, type KeyRing, keyRingOf, Signer, signReply } from '../src/dnssec/index.ts'
import { MESSAGE } from '../src/http/format.ts'
import { writeResponse } from '../src/http/index.ts'
import { ok } from '../src/result.ts'
import { answer, type Reply, type Zone } from '../src/zone/index.ts'
import { generatePair } from '../src/zone-keys/material.ts'
import { contextFor, zoneOf } from './engine.ts'
import { type Row, ratio, timeOf } from './ratio.ts'
import { signedWorkerdRows } from './signed-workerd.ts'
import { keySetOf, query, summary, ZONE } from './signed-zone.ts'
import { must } from './stored.ts'

/** A signed answer that costs more than half as much again as an unsigned one would be felt. */
const CACHED_LIMIT = 1.5
/** Megabytes: the bounds of limits.ts together, and what a garbage collector leaves. */
const MEMORY_LIMIT = 16

/** Signing at query time: from memory, anew, and the memory that it takes. */
export async function dnssecRows(): Promise<Row[]> {
  const context = contextFor(zoneOf(ZONE))
  const { key, ring } = await signing('example.com')
  const signer = new Signer()
  const now = Date.now()
  const keysOf = (_: Zone): KeyRing => ring
  const unsigned = (message: Uint8Array): Reply => {
    const answered = answer(message, context)
    if (answered.kind !== 'reply') throw new Error(`no reply: ${answered.kind}`)
    return answered
  }
  const signed = (message: Uint8Array): Reply | Promise<Reply> => {
    const done = signReply(unsigned(message), { keysOf, signer, now })
    if (done.kind !== 'done') throw new Error('no keys')
    return done.reply
  }
  const popular = query('random.example.com')
  for (let i = 0; i < 50; i++) await signed(popular)
  const often = { times: 4000, rounds: 41, warmUp: 40_000 }
  const engine = await ratio(
    'a signed steered answer from memory / the same unsigned: the engine alone, octets to octets',
    CACHED_LIMIT,
    timeOf(() => signed(popular)),
    timeOf(() => unsigned(popular)),
    often,
  )
  const form = { method: 'GET', format: MESSAGE } as const
  const cached = await ratio(
    'a signed steered answer from memory / the same unsigned: with its HTTP response',
    CACHED_LIMIT,
    timeOf(() => writeResponse(signed(popular) as Reply, form)),
    timeOf(() => writeResponse(unsigned(popular), form)),
    often,
  )
  const rows = [engine, cached, ...(await freshRows(unsigned, signed, key)), await memoryRow(signed)]
  return [...rows, ...(await signedWorkerdRows())]
}

type Sign = (message: Uint8Array) => Reply | Promise<Reply>

/**
 * CPU of all threads: WebCrypto signs on another one. A row beside it has what WebCrypto takes for a signature alone,
 * between answers that are not signed: nothing here makes that less.
 */
async function freshRows(unsigned: (message: Uint8Array) => Reply, signed: Sign, key: CryptoKey): Promise<Row[]> {
  const costs: number[] = []
  const alone: number[] = []
  for (let round = 0; round < 9; round++) {
    const messages = Array.from({ length: 1000 }, (_, i) => query(`${round}-${i}.many.example.com`))
    const plain = await cpuOf(messages, (message) => unsigned(message))
    const made = await cpuOf(messages, (message) => signed(message))
    const beside = await cpuOf(messages, (message) => {
      unsigned(message)
      return crypto.subtle.sign(ECDSA, key, message.slice())
    })
    costs.push(made - plain)
    alone.push(beside - plain)
  }
  return [
    { row: 'CPU of a fresh signature above the unsigned answer, in microseconds', ...summary(costs) },
    {
      row: 'CPU of crypto.subtle.sign in Node above the unsigned answer, in microseconds',
      ...summary(alone),
      limit: null,
    },
  ]
}

const ECDSA = { name: 'ECDSA', hash: 'SHA-256' }

async function cpuOf(messages: readonly Uint8Array[], work: (message: Uint8Array) => unknown): Promise<number> {
  const before = process.cpuUsage()
  for (let i = 0; i < messages.length; i += ABREAST) await Promise.all(messages.slice(i, i + ABREAST).map(work))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / messages.length
}

/** Queries that an isolate has at once. */
const ABREAST = 20

/** 10,000 names that no zone has, and 10,000 names asked at random. */
async function memoryRow(signed: Sign): Promise<Row> {
  const before = heap()
  for (let i = 0; i < 10_000; i += ABREAST) {
    await Promise.all(Array.from({ length: ABREAST }, (_, n) => signed(query(`${i + n}.many.example.com`))))
    await Promise.all(Array.from({ length: ABREAST }, (_, n) => signed(query(`none-${i + n}.example.com`))))
  }
  const value = Math.round((heap() - before) / 100_000) / 10
  return { row: '20,000 made-up names with DO: growth of memory in megabytes', value, limit: MEMORY_LIMIT, spread: 0 }
}

/** A collector that runs when it likes would be measured instead. */
setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

function heap(): number {
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

async function signing(origin: string): Promise<{ key: CryptoKey; ring: KeyRing }> {
  const pair = await generatePair(13)
  const key = must(await importSigningKey(13, pair.pkcs8))
  return { key, ring: must(await keyRingOf(keySetOf(origin, pair, 'in hand'), async () => ok(key))) }
}
