/** How often random cases run: a tenth as often in `npm run test:quick`, and for hours in `npm run test:soak`. */
const TIMES: Readonly<Record<string, number>> = { quick: 0.1, soak: 500 }

export const runCount = (usual: number): number => Math.ceil(usual * (TIMES[process.env.TEST_EFFORT ?? 'usual'] ?? 1))
