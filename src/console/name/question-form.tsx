/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import { Field, Submit } from '../parts/index.ts'
import type { Fields } from './asked.ts'

const TYPES = ['A', 'AAAA', 'CNAME', 'HTTPS', 'SVCB', 'MX', 'TXT', 'NS', 'SRV', 'CAA', 'SOA', 'PTR']

/** Asks for a name, and for a client of it. A GET, so that the page has a link. */
export const QuestionForm = ({ fields: { name, type, client, ecs, country } }: { readonly fields: Fields }) => (
  <form method="get" action="/console/name" class="fields question" aria-label="Question">
    <Field id="name" label="Name">
      <input id="name" name="name" value={name} required autocomplete="off" spellcheck={false} />
    </Field>
    <Field id="type" label="Type">
      <input id="type" name="type" value={type} list="types" size={7} autocomplete="off" spellcheck={false} />
      <datalist id="types">
        {TYPES.map((one) => (
          <option value={one} />
        ))}
      </datalist>
    </Field>
    <Field id="client" label="Client" help="an address, or me">
      <input
        id="client"
        name="client"
        value={client}
        aria-describedby="client-help"
        autocomplete="off"
        spellcheck={false}
      />
    </Field>
    <Field id="ecs" label="Client Subnet" help="a network, as a resolver sends it">
      <input id="ecs" name="ecs" value={ecs} aria-describedby="ecs-help" autocomplete="off" spellcheck={false} />
    </Field>
    <Field id="country" label="Country" help="where it connects from, like DE">
      <input
        id="country"
        name="country"
        value={country}
        size={4}
        maxlength={2}
        aria-describedby="country-help"
        autocomplete="off"
        spellcheck={false}
      />
    </Field>
    <Submit>Explain</Submit>
  </form>
)
