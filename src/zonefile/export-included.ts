import { TYPE } from '../dns/index.ts'
import { foldLua, recordOf } from '../lua/index.ts'
import type { Expression, ScriptExpression } from '../policy/index.ts'
import type { RrsetDocument } from '../zone/index.ts'

/** A record of a zone file, before it is formatted. */
export type Slot = {
  readonly type: number
  readonly ttl: Extract<RrsetDocument, { readonly answer: unknown }>['ttl']
  readonly answer: Expression
}

/**
 * Orders the records of a name so that the code that scripts include keeps its order. Code that answers queries too is
 * one record with that code; other code is a LUA record of type LUA. The records of an rrset keep their order.
 * @param scripts undefined if no script includes the name
 */
export function inOrder(
  rrsets: readonly Slot[][],
  scripts: readonly ScriptExpression<Expression>[] | undefined,
): readonly Slot[] {
  if (scripts === undefined) return rrsets.flat()
  const left = rrsets.map((slots) => [...slots])
  const slots: Slot[] = []
  for (const script of scripts) {
    const found = findCode(left, script)
    if (!found) {
      slots.push({ type: TYPE.LUA, ttl: undefined, answer: script })
      continue
    }
    const { rrset, before, count } = found
    // Types keep their order, unless code that is still to come is before them.
    for (const earlier of left.slice(0, left.indexOf(rrset)))
      if (earlier.every(isPlain)) slots.push(...earlier.splice(0))
    const [slot] = rrset.slice(before) as [Slot]
    slots.push(...rrset.splice(0, before + count).slice(0, before), { ...slot, answer: script })
  }
  const others = left.flat()
  return [...slots, ...(others.every(isPlain) ? [] : [END]), ...others]
}

const isPlain = ({ answer }: Slot): boolean => typeof answer === 'string'

/** Ends the included code: it is not valid Lua, so that later LUA records are not included, as in PowerDNS. */
const END: Slot = { type: TYPE.LUA, ttl: undefined, answer: { kind: 'lua', code: 'what is included ends here' } }

/** Finds the record of an rrset that the code makes, or the rest of the rrset, as a list. */
function findCode(rrsets: readonly Slot[][], { code }: ScriptExpression<Expression>) {
  for (const rrset of rrsets) {
    const before = rrset.findIndex(({ type, answer }) => isOf(code, type, answer))
    if (before >= 0) return { rrset, before, count: 1 }
    const [first] = rrset
    const all = rrset.map(({ answer }) => answer)
    if (first && isOf(code, first.type, all)) return { rrset, before: 0, count: rrset.length }
  }
  return undefined
}

/** Returns true if a LUA record with the code gives the answer. */
function isOf(code: string, type: number, answer: Expression): boolean {
  if (typeof answer === 'object' && 'kind' in answer && answer.kind === 'lua') return answer.code === code
  const folded = foldLua(code, type)
  return (
    folded.ok &&
    folded.value !== undefined &&
    JSON.stringify(recordOf(folded.value).expression) === JSON.stringify(answer)
  )
}
