// The HTML a person sees at sign-in: choose an account, consent, enter a device code, go back to the app.
import { randomBytes } from 'node:crypto'
import { findScope } from './permissions-table.ts'
import { type HeldRole, type PracticePerson, ROLE_NAMES } from './people.ts'
import type { PracticeResponse } from './listener.ts'

interface Page {
  title: string
  body: string
  status?: number
  /** The address a form of this page posts to, beside our own. */
  formTarget?: string
  script?: string
}

/** Choose one of the people. */
export function accountPage(about: {
  ticket: string
  appName: string
  organization: string
  people: readonly { person: PracticePerson; role: HeldRole }[]
  loginHint: string | undefined
  /** Where the choice is posted; another address than at sign-in for the admin consent link. */
  action?: string
}): PracticeResponse {
  const action = about.action ?? '/practice/account'
  const hint = about.loginHint?.toLowerCase()
  const sorted = [...about.people].sort(
    (a, b) =>
      Number(b.person.userPrincipalName === hint) - Number(a.person.userPrincipalName === hint),
  )
  const rows = sorted.map(({ person, role }, index) => {
    const badge = role === 'user' ? '' : `<span class="badge">${escape(ROLE_NAMES[role])}</span>`
    return `<li><button name="person" value="${person.id}" class="person">
<span class="face c${index % 6}" aria-hidden="true">${escape(initials(person.displayName))}</span>
<span class="who"><span class="line"><strong>${escape(person.displayName)}</strong>
<span class="quiet">${escape(person.jobTitle)}</span></span>
<span class="quiet">${escape(person.userPrincipalName)}</span></span>${badge}</button></li>`
  })
  return page({
    title: 'Choose an account',
    body: `<h1>Choose an account</h1>
<p>to sign in to <strong>${escape(about.appName)}</strong> as somebody at ${escape(about.organization)}</p>
<form method="post" action="${action}" data-step="account">${hidden('ticket', about.ticket)}
<ul>${rows.join('\n')}</ul></form>
<form method="post" action="${action}" data-step="cancel">${hidden('ticket', about.ticket)}
<div class="buttons"><button name="decision" value="cancel">Cancel</button></div></form>`,
  })
}

/** Ask the person for the permissions that were not granted yet. */
export function consentPage(about: {
  ticket: string
  appName: string
  person: PracticePerson
  scopes: readonly string[]
  mayConsentForAll: boolean
}): PracticeResponse {
  const forAll = about.mayConsentForAll
    ? `<label class="check"><input type="checkbox" name="organization" value="yes">
<span>Consent on behalf of your organization<span class="quiet">Nobody else is asked again.</span></span></label>`
    : ''
  return page({
    title: 'Permissions requested',
    body: `<p class="quiet">${escape(about.person.userPrincipalName)}</p>
<h1>Permissions requested</h1>
<p><strong>${escape(about.appName)}</strong> would like to:</p>
${scopeList(about.scopes)}
<form method="post" action="/practice/consent" data-step="consent">${hidden('ticket', about.ticket)}${forAll}
<p class="quiet">Accepting lets this app use these permissions in the practice tenant.</p>
<div class="buttons"><button name="decision" value="refuse">Cancel</button>
<button name="decision" value="accept" class="main">Accept</button></div></form>`,
  })
}

/** Ask an administrator for all that an application declares, for the whole organization. */
export function adminConsentPage(about: {
  ticket: string
  appName: string
  organization: string
  person: PracticePerson
  permissions: readonly { title: string; value: string; kind: string }[]
}): PracticeResponse {
  const items = about.permissions.map(
    ({ title, value, kind }) => `<li><span><strong>${escape(title)}</strong>
<span class="quiet">${escape(value)}</span></span><span class="badge">${escape(kind)}</span></li>`,
  )
  return page({
    title: 'Permissions requested',
    body: `<p class="quiet">${escape(about.person.userPrincipalName)}</p>
<h1>Permissions requested</h1><p>Review for ${escape(about.organization)}</p>
<p><strong>${escape(about.appName)}</strong> would like to:</p><ul class="scopes">${items.join('\n')}</ul>
<form method="post" action="/practice/admin-consent" data-step="consent">${hidden('ticket', about.ticket)}
<p class="quiet">Accepting grants these permissions for everybody in the practice tenant.</p>
<div class="buttons"><button name="decision" value="refuse">Cancel</button>
<button name="decision" value="accept" class="main">Accept</button></div></form>`,
  })
}

/** Tell a person without the role that an administrator has to approve. */
export function approvalPage(about: {
  ticket: string
  appName: string
  person: PracticePerson
  scopes: readonly string[]
}): PracticeResponse {
  return page({
    title: 'Need admin approval',
    body: `<p class="quiet">${escape(about.person.userPrincipalName)}</p>
<h1>Need admin approval</h1>
<p><strong>${escape(about.appName)}</strong> needs permission to access resources in your organization
that only an administrator can grant. Ask an administrator to grant it, or sign in as one.</p>
${scopeList(about.scopes)}
<form method="post" action="/practice/consent" data-step="approval">${hidden('ticket', about.ticket)}
<div class="buttons"><button name="decision" value="refuse" class="main">Return to the application without consent</button></div></form>
<p class="quiet">AADSTS90094</p>`,
  })
}

/** Carry the result back to the app: posted by script, or by the button where scripts are off. */
export function returnPage(redirectUri: string, fields: Record<string, string>): PracticeResponse {
  const inputs = Object.entries(fields).map(([name, value]) => hidden(name, value))
  return page({
    title: 'Back to the application',
    formTarget: new URL(redirectUri).origin,
    script: 'document.forms[0].submit()',
    body: `<h1>Back to the application</h1><p>If nothing happens, press Continue.</p>
<form method="post" action="${escape(redirectUri)}" data-step="return">${inputs.join('')}
<div class="buttons"><button class="main">Continue</button></div></form>`,
  })
}

/** Enter the code that an app without a browser shows. */
export function deviceCodePage(about: { code: string; problem?: string }): PracticeResponse {
  const problem =
    about.problem === undefined ? '' : `<p role="alert" class="alert">${escape(about.problem)}</p>`
  return page({
    title: 'Enter code',
    status: about.problem === undefined ? 200 : 400,
    body: `<h1>Enter code</h1><p>Enter the code that the app or device shows.</p>${problem}
<form method="post" action="/practice/device" data-step="device-code">
<label>Code <input name="user_code" value="${escape(about.code)}" autocomplete="off" spellcheck="false" required></label>
<div class="buttons"><button class="main">Next</button></div></form>`,
  })
}

/** The end of a sign-in that has nowhere to return to. */
export function donePage(title: string, text: string): PracticeResponse {
  return page({
    title,
    body: `<div data-step="done"><h1>${escape(title)}</h1><p>${escape(text)}</p></div>`,
  })
}

/** A sign-in that cannot be answered at a redirect address. */
export function errorPage(description: string, status = 400): PracticeResponse {
  const code = /AADSTS\d+/.exec(description)?.[0] ?? ''
  return page({
    title: 'Sorry, but we’re having trouble signing you in',
    status,
    body: `<div data-step="error"><h1>Sorry, but we’re having trouble signing you in.</h1>
<p class="code">${code}</p><p data-error>${escape(description)}</p></div>`,
  })
}

function scopeList(scopes: readonly string[]): string {
  const items = scopes.map((name) => {
    const scope = findScope(name)
    const mark = scope?.adminOnly === true ? '<span class="badge">Administrators only</span>' : ''
    return `<li><span><strong>${escape(scope?.title ?? name)}</strong>
<span class="quiet">${escape(name)}</span></span>${mark}</li>`
  })
  return `<ul class="scopes">${items.join('\n')}</ul>`
}

function hidden(name: string, value: string): string {
  return `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`
}

function initials(name: string): string {
  return name
    .split(' ')
    .map((part) => part.charAt(0))
    .join('')
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

function page(content: Page): PracticeResponse {
  const nonce = randomBytes(16).toString('base64')
  const script =
    content.script === undefined ? '' : `<script nonce="${nonce}">${content.script}</script>`
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    `form-action 'self' ${content.formTarget ?? ''}`.trim(),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
  return {
    status: content.status ?? 200,
    headers: {
      'content-security-policy': policy,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
    body: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(content.title)} - practice tenant</title><style nonce="${nonce}">${STYLE}</style></head>
<body><p class="banner">Practice tenant: nothing here touches Microsoft.</p>
<main>${content.body}</main>${script}</body></html>`,
  }
}

const STYLE = `
:root{color-scheme:light dark;--ink:#1d2330;--quiet:#5a6372;--paper:#fff;--back:#eef1f6;--line:#d9dee7;--blue:#1f5fbf;--on:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#eef1f6;--quiet:#a5aebd;--paper:#1f2530;--back:#12161d;--line:#38414f;--blue:#7fb0ff;--on:#10151d}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;background:var(--back);color:var(--ink);font:16px/1.45 system-ui,sans-serif}
.banner{margin:0;padding:.45rem 1rem;background:#613795;color:#fff;text-align:center;font-weight:600}
main{max-width:38rem;margin:1.5rem auto;padding:1.5rem 1.75rem;background:var(--paper);border:1px solid var(--line);border-radius:.75rem}
h1{font-size:1.45rem;margin:.2rem 0 .5rem}p{margin:.4rem 0 .7rem}ul{list-style:none;margin:.8rem 0;padding:0}
.quiet{display:block;color:var(--quiet);font-size:.85rem}.code{font-family:ui-monospace,monospace}
.person{display:flex;gap:.8rem;align-items:center;width:calc(100% + .9rem);margin-left:-.45rem;padding:.35rem .45rem;border:0;border-radius:.5rem;background:none;color:inherit;font:inherit;text-align:left;cursor:pointer}
.person:hover{background:var(--back)}.who{flex:1;min-width:0;overflow-wrap:anywhere}.line{display:flex;gap:.2rem .6rem;flex-wrap:wrap;align-items:baseline}.face{flex:none;width:2.5rem;height:2.5rem;border-radius:50%;display:grid;place-items:center;color:#fff;font-weight:600;font-size:.85rem}
.c0{background:#8a3ffc}.c1{background:#b1361e}.c2{background:#0b6e4f}.c3{background:#1f5fbf}.c4{background:#8a5a00}.c5{background:#9c2561}
.badge{align-self:center;padding:.1rem .5rem;border:1px solid var(--line);border-radius:1rem;font-size:.75rem;white-space:nowrap}
.scopes li{display:flex;justify-content:space-between;gap:.8rem;padding:.4rem 0;border-top:1px solid var(--line)}
.check{display:flex;gap:.6rem;align-items:flex-start;margin:.8rem 0}.check input{width:1rem;height:1rem;margin:.25rem 0 0;accent-color:var(--blue)}.buttons{display:flex;justify-content:flex-end;gap:.6rem;margin-top:1rem}
.buttons button{padding:.5rem 1.1rem;border:1px solid var(--line);border-radius:.4rem;background:none;color:inherit;font:inherit;cursor:pointer}
.buttons .main{background:var(--blue);border-color:var(--blue);color:var(--on)}
:focus-visible{outline:3px solid var(--blue);outline-offset:2px}.alert{color:#c62f2f;font-weight:600}
input:not([type=hidden]):not([type=checkbox]){width:100%;padding:.5rem;font:inherit;letter-spacing:.1em}`
