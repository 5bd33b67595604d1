// The pages as parts of their own: one is fetched when it is first opened, the others soon after.
import type { Component } from 'svelte'
import type { PageName } from '../../main/contract/errors.ts'
import type { AppState, Fix } from '../../main/contract/models.ts'
import type { PageModel } from '../state/page-model.ts'

/** What the frame gives to every page; a page takes what it needs. */
export interface PageProps {
  model: PageModel
  app: AppState
  fixPending: boolean
  onfix: (fix: Fix) => void
}

const parts: Record<PageName, () => Promise<{ default: Component<PageProps> }>> = {
  overview: () => import('./Overview.svelte'),
  setup: () => import('./Setup.svelte'),
  application: () => import('./Application.svelte'),
  handover: () => import('./Handover.svelte'),
  webhook: () => import('./Webhook.svelte'),
  log: () => import('./Log.svelte'),
  settings: () => import('./Settings.svelte'),
}

/** Fetches a page unless it is there already. Rejects when the host does not answer. */
export async function loadPage(name: PageName): Promise<Component<PageProps>> {
  return (await parts[name]()).default
}

/** Fetches what is not open yet, so that every page opens at once, even without a connection. */
export async function loadAllPages(): Promise<void> {
  // What fails now is fetched again, and explained, when the page is opened.
  await Promise.allSettled(Object.values(parts).map((part) => part()))
}
