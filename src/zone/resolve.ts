import { CLASS, type QueryError, type Question, TYPE } from '../dns/query-path.ts'
import type { Asker } from './asker.ts'
import { QueryContext } from './query-context.ts'
import { failed, type Resolution } from './resolution.ts'
import { Resolver } from './resolver.ts'
import { serverAnswer } from './server.ts'
import type { Step } from './trace.ts'
import type { Zones } from './zones.ts'

/**
 * Resolves a question. Pure: the Worker, `explain` and the tests call this.
 * @param trace gets every decision that leads to the response
 */
export const resolve = (question: Question, zones: Zones, asker: Asker, trace?: Step[]): Resolution =>
  resolveQuery(QueryContext.of(question, zones, asker, trace))

export function resolveQuery(context: QueryContext): Resolution {
  const { question } = context
  const refused = refusal(question)
  if (refused) return failed(refused)
  if (question.class === CLASS.CH) {
    const answer = serverAnswer(question, context.asker.identity)
    return answer ? { kind: 'resolved', response: answer, byChance: false } : failed({ kind: 'class' })
  }
  if (question.class !== CLASS.IN && question.class !== CLASS.ANY) return failed({ kind: 'class' })
  const resolution = new Resolver(context, question.type).run(question)
  const { asked } = context
  return asked && resolution.kind === 'resolved' ? { ...resolution, asked } : resolution
}

/** Returns the error for types that cannot be queried for data (RFC 1035 §3.2.3, 8906, 9824). */
function refusal(question: Question): QueryError | undefined {
  switch (question.type) {
    case TYPE.AXFR:
    case TYPE.IXFR:
      return { kind: 'zone-transfer' }
    case TYPE.MAILA:
    case TYPE.MAILB:
      return { kind: 'mail-agent-type' }
    case TYPE.OPT:
    case TYPE.TKEY:
    case TYPE.TSIG:
    case TYPE.NXNAME:
      return { kind: 'not-a-query-type', type: question.type }
    default:
      return undefined
  }
}
