import { dns } from './dns.ts'
import { exec } from './exec.ts'
import { grpc } from './grpc.ts'
import { http, https } from './http.ts'
import { icmp } from './icmp.ts'
import type { CheckKind } from './kind.ts'
import { push } from './push.ts'
import { tcp } from './tcp.ts'
import { tls } from './tls.ts'
import { udp } from './udp.ts'

/**
 * The kinds of checks of which each target has a state of its own. A new kind is a file beside this one, a row here, a
 * row in probed-by.ts, and what makes its probes. All types of kinds follow from the rows. Errors list them in this
 * order.
 */
export const KINDS = { tcp, tls, http, https, dns, udp, icmp, grpc, exec, push }

export type Kind = keyof typeof KINDS

type Documents = { [K in Kind]: (typeof KINDS)[K] extends CheckKind<infer D, infer _> ? D : never }
type Actions = { [K in Kind]: (typeof KINDS)[K] extends CheckKind<infer _, infer A> ? A : never }

/** A check of one of some kinds as a zone document writes it. */
export type DocumentOf<K extends Kind> = Documents[K]
/** The request of a check of one of some kinds. */
export type ActionOf<K extends Kind> = Actions[K]

/** The request to a target. */
export type Action = ActionOf<Kind>

/** Returns what is known of the kind of a check or of a request. */
export const kindOf = ({ kind }: { readonly kind: Kind }): CheckKind<DocumentOf<Kind>, Action> => KINDS[kind]

/** Formats a request for people. An agent may get one of a kind that only a newer Worker knows. */
export const summaryOf = (action: Action): string =>
  (Object.hasOwn(KINDS, action.kind) && kindOf(action).summary?.(action)) || action.kind
