declare namespace Cloudflare {
  interface Env {
    GSLB: KVNamespace
    REFRESH_SECONDS: string
  }
  interface GlobalProps {
    mainModule: typeof import('../../src/worker.ts')
  }
}
