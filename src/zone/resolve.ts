import { CLASS, type QueryError, type Question, TYPE } from '../dns/query-path.ts'
import type { Asker, Walking } from './asker.ts'
import { QueryResolver } from './query-resolver.ts'
import { failed, type Resolution } from './resolution.ts'
import { serverAnswer } from './server.ts'
import type { Zones } from './zones.ts'

/**
 * The one walk from question to answer (RFC 1034 §4.3.2). Pure: the Worker, `explain` and the tests call this.
 */
export function resolve(question: Question, zones: Zones, asker: Asker): Resolution {
  const refused = refusal(question)
  if (refused) return failed(refused, [])
  if (question.class === CLASS.CH) {
    const answer = serverAnswer(question, asker.identity)
    return answer ? { kind: 'resolved', response: answer, byChance: false, trace: [] } : failed({ kind: 'class' }, [])
  }
  if (question.class !== CLASS.IN && question.class !== CLASS.ANY) return failed({ kind: 'class' }, [])
  const walking: Walking = { question, zones, asker }
  const resolution = new QueryResolver(walking, question.type).run(question)
  const { asked } = walking
  return asked && resolution.kind === 'resolved' ? { ...resolution, asked } : resolution
}

/** Types that cannot be queried for data (RFC 1035 §3.2.3, 8906, 9824). */
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
