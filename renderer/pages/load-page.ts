// The pages as parts of their own: one is fetched when it is first opened, the others soon after.
import type { Component } from 'svelte'
import type { PageName } from '../../main/contract/errors.ts'
import type { Fix } from '../../main/contract/models/health.ts'
import type { AppState } from '../../main/contract/models/state.ts'
import type { PageModel } from '../state/page-model.ts'

/** What the frame gives to every page; a page takes what it needs. */
export interface PageProps {
  model: PageModel
  app: AppState
  fixPending: boolean
  onfix: (fix: Fix) => void
}

/** A page of the rail, or one that belongs to another and has its own address below it. */
export type ShownPage = PageName | 'network'

const parts: Record<ShownPage, () => Promise<{ default: Component<PageProps> }>> = {
  overview: () => import('./Overview.svelte'),
  setup: () => import('./Setup.svelte'),
  application: () => import('./Application.svelte'),
  handover: () => import('./Handover.svelte'),
  webhook: () => import('./Webhook.svelte'),
  log: () => import('./Log.svelte'),
  settings: () => import('./Settings.svelte'),
  network: () => import('./Network.svelte'),
}

/** What is shown for a page of the rail and its part. */
export function shownPage(page: PageName, part: string | null): ShownPage {
  return page === 'settings' && part === 'network' ? 'network' : page
}

/** Fetches a page unless it is there already. Rejects when the host does not answer. */
export async function loadPage(name: ShownPage): Promise<Component<PageProps>> {
  return (await parts[name]()).default
}

/** Fetches what is not open yet, so that every page opens at once, even without a connection. */
export async function loadAllPages(): Promise<void> {
  // What fails now is fetched again, and explained, when the page is opened.
  await Promise.allSettled(Object.values(parts).map((part) => part()))
}
