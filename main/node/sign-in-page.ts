// The page that the browser shows when it comes back from Microsoft's sign-in.

/** Shown after the browser brought an answer. */
export const successPage = page({
  title: 'Back to EMI Tray',
  text: 'You can close this tab and return to EMI Tray.',
  mark: '<path d="M8 17l6 6 11-13"/>',
  colour: '#1f7a4d',
})

/** Shown when Microsoft sent the browser back with a refusal. */
export const errorPage = page({
  title: 'The sign-in did not work',
  text: 'You can close this tab. EMI Tray says what happened and what to do next.',
  mark: '<path d="M10 10l13 13M23 10L10 23"/>',
  colour: '#b3261e',
})

/** One self-contained page: MSAL sends it without headers, so it says its own type first. */
function page({
  title,
  text,
  mark,
  colour,
}: {
  title: string
  text: string
  mark: string
  colour: string
}): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { min-height: 100vh; margin: 0; display: grid; place-items: center;
  background: light-dark(#f4f5f7, #16181c); color: light-dark(#1b1d21, #eceef1); }
main { max-width: 26rem; padding: 2.5rem; text-align: center; border-radius: 12px;
  background: light-dark(#fff, #202329); box-shadow: 0 1px 3px rgb(0 0 0 / 0.2); }
svg { width: 56px; height: 56px; padding: 12px; border-radius: 50%; background: ${colour}; }
path { fill: none; stroke: #fff; stroke-width: 3; stroke-linecap: round; stroke-linejoin: round; }
h1 { margin: 1rem 0 0.5rem; font-size: 1.375rem; font-weight: 600; }
p { margin: 0; }
</style>
</head>
<body>
<main>
<svg viewBox="0 0 33 33" aria-hidden="true">${mark}</svg>
<h1>${title}</h1>
<p>${text}</p>
</main>
</body>
</html>
`
}
