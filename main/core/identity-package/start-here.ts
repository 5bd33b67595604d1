// The first file of the package: which file is for whom.
import type { PackagePlan } from './package-plan.ts'
import { markdownCode, markdownText } from './quote.ts'

/** The document as Markdown. */
export function startHere(plan: PackagePlan): string {
  const { tenant, cloud, appId, secretMonths } = plan
  return `# Start here

A Bright Pattern contact center wants its agents to chat with people of your organization in Microsoft Teams. Its server
(the Enterprise Messenger Integration, EMI) needs ${appId === null ? 'an application' : 'the application below to be completed'} in Microsoft Entra for that. These files say what is
asked for and why, and do it in the way you prefer. EMI Tray wrote them on ${plan.madeOn}.

## What is ${appId === null ? 'made' : 'completed'}

| | |
| --- | --- |
| Cloud | ${markdownText(cloud.displayName)} |
| Tenant | ${tenant ? `${markdownText(tenant.displayName)}, ${markdownCode(tenant.id)}` : 'not known yet; the files ask for its Tenant ID'} |
| Application | ${appId === null ? markdownCode(plan.displayName) : `Client ID ${markdownCode(appId)}`} |
${appId === null ? `| Unique name | ${markdownCode(plan.uniqueName)} |\n` : ''}| Who can sign in | People of this tenant only (${markdownCode(plan.signInAudience)}) |
| Redirect URI (Web) | ${markdownCode(plan.redirectUri)} |
| Permissions | ${plan.delegated.length} delegated, ${plan.application.length} application, with consent for the organization |
| Client secret | one, for ${secretMonths} ${secretMonths === 1 ? 'month' : 'months'} |

## Which file is for whom

| File | For |
| --- | --- |
| permissions.md | Whoever decides: each permission with its reason, and what the application cannot do |
| step-by-step.md | Whoever works in the admin center by hand; also says how to give the values back safely |
| create-application.ps1 | Whoever works with PowerShell (Microsoft Graph PowerShell SDK) |
| create-application.sh | Whoever works with the Azure CLI, for example in Cloud Shell |
| create-application.tf | Whoever keeps applications in Terraform |

Use **one** of the last four: all lead to the same result. The scripts can be run again; what is there stays.
This is not the Teams app for a customer chat channel.

## What must come back

Object ID, Directory (tenant) ID, Client ID, the **value** of the client secret (not its Secret ID), and the day it
expires. The secret is the only one that must be kept secret: step-by-step.md says how to hand it over.

## How far the scripts were checked

All three were checked by parsers of their languages. The Azure CLI script is also run against a stand-in of the Azure
CLI in EMI Tray’s tests. The PowerShell script and the Terraform file were not run. Read them before you run them; they
are short.
`
}
