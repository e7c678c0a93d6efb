/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import { describeStep, type Explanation } from '../../explain/index.ts'
import { MAX_CONSOLE_ANSWERS, MAX_CONSOLE_MEMBERS } from '../../limits.ts'
import { percentText } from '../model/share.ts'
import { Panel, Table } from '../parts/index.ts'
import { moreThan } from './branches.tsx'
import { Measured } from './swatch.tsx'

type Told = { readonly explanation: Explanation; readonly client: string }

/** Every decision on the way to the answer that one client gets, and the answer. */
export const Explained = ({ explanation, client }: Told) => {
  const { trace, status, scopeNetwork, scope, ttl, error, answer, ecs, branch = '' } = explanation
  return (
    <Panel id="explained" title={`What ${ecs ?? client} gets`} aside={<span class="mono">{branch}</span>}>
      <dl class="facts">
        <dt>Status</dt>
        <dd>
          {status}
          {error !== null && `: ${error}`}
        </dd>
        <dt>Answer</dt>
        <dd>
          {answer.length === 0 ? (
            'no records'
          ) : (
            <ul class="records">
              {answer.map(({ name, ttl: seconds, type, data }) => (
                <li class="mono">{`${name} ${seconds} ${type} ${data}`}</li>
              ))}
            </ul>
          )}
        </dd>
        <dt>Valid for</dt>
        <dd>
          <span class="mono">{scopeNetwork}</span> (scope {scope}){ttl !== null && `, ${ttl} s`}
        </dd>
      </dl>
      <h3>Decisions</h3>
      <Decisions trace={trace} />
      <h3>All that this client can get</h3>
      <Chances explanation={explanation} />
    </Panel>
  )
}

const Decisions = ({ trace }: Pick<Explanation, 'trace'>) => (
  <ol class="decisions">
    {trace.map((step, i) => {
      const { label, text, below } = describeStep(step, trace[i - 1])
      return (
        <li>
          <span class="step">{label}</span>
          <span>
            {text}
            {below.length > 0 && (
              <ul class="below">
                {below.slice(0, MAX_CONSOLE_MEMBERS).map((line) => (
                  <li>{line}</li>
                ))}
                {below.length > MAX_CONSOLE_MEMBERS && <li>and {String(below.length - MAX_CONSOLE_MEMBERS)} more</li>}
              </ul>
            )}
          </span>
        </li>
      )
    })}
  </ol>
)

const chanceText = (chance: number, probability: string | null): string =>
  probability === '1' ? percentText(chance) : `${percentText(chance)} (${probability})`

const Chances = ({ explanation: { answers, endings } }: Pick<Told, 'explanation'>) => {
  const records = answers.map(({ name, type, data, probability, chance }) => ({
    ...{ text: `${name} ${type} ${data}`, probability, chance },
  }))
  const ends = endings
    .filter(({ ending }) => ending !== 'records' || answers.length === 0)
    .map(({ status, ending, probability, chance }) => ({ text: `${status}, ${ending}`, probability, chance }))
  const shown = [...records.slice(0, MAX_CONSOLE_ANSWERS), ...ends]
  return (
    <>
      <Table
        caption="Possible answers"
        head={['Answer', 'Chance']}
        rows={shown.map(({ text, probability, chance }) => [
          <span class="mono">{text}</span>,
          <Measured text={chance === null ? 'not known' : chanceText(chance, probability)} part={chance ?? 0} />,
        ])}
      />
      {moreThan(records.length)}
    </>
  )
}
