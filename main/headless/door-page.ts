// The plain page for a browser that has no session: what this is, and how to get in.
import { createHash } from 'node:crypto'

const style = `:root{color-scheme:light dark}
body{font:14px/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 24px}
h1{font-size:20px;margin:0 0 12px}
code{font:13px/1.5 ui-monospace,monospace}`

/** What style-src must allow for this page. */
export const doorStyleHash = `'sha256-${createHash('sha256').update(style).digest('base64')}'`

/** Why somebody stands before the door. */
export type DoorReason = 'no-session' | 'token-used'

/** HTML that says what to do. It carries nothing from the request. */
export function doorPage(reason: DoorReason): string {
  const [title, why] =
    reason === 'token-used'
      ? [
          'This address was already used',
          'Each address opens EMI Tray once, in one browser, and only for a short time.',
        ]
      : [
          'Open EMI Tray from its own address',
          'This browser has not been let in yet, or it was away for too long.',
        ]
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>EMI Tray</title><style>${style}</style></head>
<body><main>
<h1>${title}</h1>
<p>${why}</p>
<p>Go to the terminal in which EMI Tray runs, press Enter there, and open the address that it prints.
If EMI Tray does not run in a terminal, stop it and start it again.</p>
</main></body>
</html>
`
}
