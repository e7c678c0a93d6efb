import { MAX_ALL_RECEIVERS } from '../limits.ts'
import type { Result } from '../result.ts'
import { zoneLabel } from './look.ts'
import type { ReceiverDocument } from './receiver.ts'
import { ALL, idOf, nameOf, parseNotify, type Receiver, receiverOf, type SecretOf } from './receivers.ts'
import type { Audience } from './telling.ts'

/** A receiver as it is written, and as it can be sent to, or why not. */
export type ListedReceiver = {
  readonly id: string
  readonly zone: string | undefined
  readonly document: ReceiverDocument
  readonly receiver: Result<Receiver>
}

/** All receivers: those of NOTIFY first, then those of zones, in order of their names. */
export class ReceiverList {
  readonly all: readonly ListedReceiver[]
  /** The error of NOTIFY. */
  readonly problem: string | undefined
  private readonly byAudience: ReadonlyMap<string, readonly ListedReceiver[]>

  /** @param zones the receivers of zones, by origin */
  constructor(
    setting: string | undefined,
    zones: ReadonlyMap<string, readonly ReceiverDocument[]>,
    secretOf: SecretOf,
  ) {
    const notify = parseNotify(setting)
    this.problem = notify.ok ? undefined : notify.error
    const listed = (documents: readonly ReceiverDocument[], zone: string | undefined): ListedReceiver[] =>
      documents.map((document, place) => {
        // The order of a list says nothing: a receiver that moves in it keeps what waits for it.
        const name = nameOf(document)
        const number = documents.slice(0, place).filter((other) => nameOf(other) === name).length
        return {
          ...{ id: idOf(document, number, zone), zone, document },
          receiver: receiverOf(document, number, zone, secretOf),
        }
      })
    const ofZones = [...zones].sort(([a], [b]) => (a < b ? -1 : 1))
    this.all = [
      ...listed(notify.ok ? notify.value : [], undefined),
      ...ofZones.flatMap(([origin, documents]) => listed(documents, zoneLabel(origin))),
    ].slice(0, MAX_ALL_RECEIVERS)
    this.byAudience = Map.groupBy(this.all, ({ zone }) => zone ?? ALL)
  }

  /** Returns who is told of changes of some zones, each with the times that its receivers wait. */
  audiences(zones: readonly string[]): Audience[] {
    return this.audiencesIn([ALL, ...zones])
  }

  allAudiences(): Audience[] {
    return this.audiencesIn([...this.byAudience.keys()])
  }

  private audiencesIn(names: readonly string[]): Audience[] {
    return names.flatMap((audience) =>
      [...new Set(this.byAudience.get(audience)?.map(({ document }) => document.hold ?? 0))].map((hold) => ({
        audience,
        hold,
      })),
    )
  }

  /** Returns the receivers of an audience. */
  of({ audience, hold }: Audience): ListedReceiver[] {
    return (this.byAudience.get(audience) ?? []).filter(({ document }) => (document.hold ?? 0) === hold)
  }
}
