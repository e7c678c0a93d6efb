/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import { raw } from 'hono/html'

/**
 * The data of an island, which its script reads by the id. No text in it can end the element: there is no "<" in it.
 */
export const IslandData = ({ id, value }: { readonly id: string; readonly value: unknown }) => (
  <script type="application/json" id={id}>
    {raw(JSON.stringify(value).replaceAll('<', '\\u003c'))}
  </script>
)
