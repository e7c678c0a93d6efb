/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { DrawnBranch, DrawnNode, DrawnState } from '../../explain/index.ts'
import { Age, State, type StateKind } from '../parts/index.ts'
import { Bar } from './bar.tsx'

type Now = { readonly now: number }

/** A policy as a flow from left to right; on a narrow screen, and for those who listen, as nested lists. */
export const Tree = ({ tree, now, label }: Now & { readonly tree: DrawnNode; readonly label: string }) => (
  <section class="scroll flow" aria-label={label} tabindex={0}>
    <ul class="tree">
      <li>
        <Node node={tree} now={now} />
      </li>
    </ul>
  </section>
)

const Node = ({ node, now }: Now & { readonly node: DrawnNode }) => {
  const { kind, text, name, state, records = [], branches = [], more = 0 } = node
  return (
    <>
      <div class={`node ${kind}`}>
        <p class="node-head">
          <b>{kind}</b>
          {state && <Health state={state} now={now} />}
        </p>
        {name !== undefined && <p class="mono muted">{name}</p>}
        {records.length > 0 ? (
          <ul class="ends">
            {records.map((record) => (
              <li>
                <code>{record}</code>
              </li>
            ))}
          </ul>
        ) : (
          <p>{text}</p>
        )}
        {records.length > 0 && more > 0 && <p class="muted">… and {String(more)} more</p>}
      </div>
      {(branches.length > 0 || (records.length === 0 && more > 0)) && (
        <ul>
          {branches.map((branch) => (
            <Way branch={branch} now={now} />
          ))}
          {records.length === 0 && more > 0 && <li class="rest muted">… and {String(more)} more</li>}
        </ul>
      )}
    </>
  )
}

const Way = ({ branch: { label, chance, state, to }, now }: Now & { readonly branch: DrawnBranch }) => (
  <li class={chance === 0 || (state && state.state !== 'up') ? 'unused' : undefined}>
    <div class="way">
      <span class="label">{label}</span>
      {chance !== undefined && chance !== null && <Bar part={chance} />}
      {state && <Health state={state} now={now} />}
      {state?.target !== undefined && (
        <span class="mono muted">
          {state.check === undefined ? '' : `${state.check} `}
          {state.target}
        </span>
      )}
      {state?.why !== undefined && <span class="why">{state.why}</span>}
    </div>
    <Node node={to} now={now} />
  </li>
)

const Health = ({ state, now }: Now & { readonly state: DrawnState }) => {
  const { kind, word } = shownOf(state)
  return (
    <>
      <State kind={kind}>{word}</State>
      {state.since !== undefined && kind === 'down' && <Age at={state.since} now={now} />}
      {state.forced && (
        <span class="why">
          by {state.forced.by}: {state.forced.why}
        </span>
      )}
    </>
  )
}

function shownOf({ state, real, forced, stale }: DrawnState): { readonly kind: StateKind; readonly word: string } {
  if (forced) return { kind: 'forced', word: `forced ${forced.force}` }
  if (state === 'drained') return { kind: 'forced', word: 'drained' }
  if (real === 'unknown') return { kind: 'unknown', word: `unknown, taken for ${state}` }
  if (stale) return { kind: 'warn', word: `${state}, not confirmed` }
  return { kind: state, word: state }
}
