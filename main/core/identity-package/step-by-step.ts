// The steps by hand, with links into the admin center of the right cloud.
import type { PackagePlan } from './package-plan.ts'
import { markdownCode, markdownText } from './quote.ts'

/** The document as Markdown. */
export function stepByStep(plan: PackagePlan): string {
  const steps = [
    signInStep(plan),
    plan.appId === null ? registerStep(plan) : openStep(plan),
    permissionStep(plan),
    consentStep(plan),
    secretStep(plan),
    giveBackStep(plan),
  ]
  return `# Step by step: ${markdownText(plan.displayName)}

For whoever works in the Microsoft Entra admin center instead of running a script. The result is the same, with one
difference: the admin center does not set the unique name that EMI Tray looks for, so EMI Tray is told the Client ID.
${custom(plan)}
${steps.map((text, index) => `## ${index + 1}. ${text}`).join('\n\n')}

## How to check it

The contact center’s administrator enters Tenant ID, Client ID and the secret’s value in EMI Tray and presses Verify.
EMI Tray asks Microsoft for a token with them and compares the permissions in it with the list above. This changes nothing.
`
}

function custom({ cloud, portal }: PackagePlan): string {
  if (cloud.id !== 'custom') return ''
  return `
This is a custom cloud (sign-in at ${markdownCode(cloud.loginHost)}). The links below lead to ${markdownCode(portal)};
if your admin center has another address, open the same pages there.
`
}

function signInStep({ portal, tenant, cloud }: PackagePlan): string {
  const where = tenant
    ? `Check at the top right that you are in **${markdownText(tenant.displayName)}**, tenant ${markdownCode(tenant.id)}.`
    : 'Check at the top right that you are in the tenant whose people use Teams.'
  return `Sign in

Open [the Microsoft Entra admin center](${portal}) of ${markdownText(cloud.displayName)} with an account that is a Privileged
Role Administrator or Global Administrator. An Application Administrator or Cloud Application Administrator can do all
but the consent. If you hold the role in Privileged Identity Management,
[activate it first](${portal}/#view/Microsoft_Azure_PIMCommon/ActivationMenuBlade/~/aadmigratedroles).
${where}`
}

function registerStep({ portal, displayName, redirectUri }: PackagePlan): string {
  return `Register the application

Open [App registrations > New registration](${portal}/#view/Microsoft_AAD_RegisteredApps/CreateApplicationBlade/quickStartType~/null/isMSAApp~/false).

| Field | What goes in |
| --- | --- |
| Name | ${markdownCode(displayName)} |
| Supported account types | Accounts in this organizational directory only (single tenant) |
| Redirect URI | Platform **Web**, ${markdownCode(redirectUri)} |

Press **Register**. The page that opens is the application’s **Overview**.`
}

function openStep({ portal, appId, redirectUri }: PackagePlan): string {
  return `Open the application

It exists already: open [its Overview](${menu(portal, 'Overview', appId)}). Its Client ID is ${markdownCode(appId ?? '')}.

In [Authentication](${menu(portal, 'Authentication', appId)}) check that

- under platform **Web** the redirect URI ${markdownCode(redirectUri)} is listed. Add it if it is missing; leave the others.
- the supported account types are **Accounts in this organizational directory only**.`
}

function permissionStep({ portal, appId, delegated, application }: PackagePlan): string {
  const bullets = (values: string[]) => values.map((value) => `- ${markdownCode(value)}`).join('\n')
  return `Add the permissions

Open ${link('API permissions', menu(portal, 'CallAnAPI', appId), appId)}, press **Add a permission**, choose **Microsoft Graph**.

Under **Delegated permissions** tick:

${bullets(delegated)}

Press **Add a permission** and **Microsoft Graph** once more. Under **Application permissions** tick:

${bullets(application)}

The reason for each is in permissions.md. The same name can be under both kinds: they are two different permissions.`
}

function consentStep({ portal, appId }: PackagePlan): string {
  return `Grant consent

Still in ${link('API permissions', menu(portal, 'CallAnAPI', appId), appId)}, press **Grant admin consent for** your organization and confirm.
Afterwards each line must show **Granted**. Without it, nothing works. If the button is grey, your role is not enough: ask a
Privileged Role Administrator or Global Administrator for this one step.`
}

function secretStep({ portal, appId, secretMonths }: PackagePlan): string {
  const shorter =
    'If a policy allows less, take the longest it allows; if it forbids client secrets, this application needs an exemption, because the contact center accepts nothing else.'
  return `Make the client secret

Open ${link('Certificates & secrets', menu(portal, 'Credentials', appId), appId)}, then **Client secrets > New client secret**.
Choose an expiry of ${secretMonths} ${secretMonths === 1 ? 'month' : 'months'}. ${shorter}

Press **Add** and copy the text in the column **Value** at once: it is not shown again.
Copy the secret’s **Value**, not its **Secret ID**. The Secret ID looks like ${markdownCode('xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx')} and is of no use.`
}

function giveBackStep({ portal, appId }: PackagePlan): string {
  return `Give the values back

| Value | Where it is |
| --- | --- |
| Object ID | ${link('Overview', menu(portal, 'Overview', appId), appId)} of the app registration. Not the one of the enterprise application, which is another |
| Directory (tenant) ID | Overview |
| Client ID | Overview, as **Application (client) ID** |
| Client Secret | **Value** of the secret |
| Expires at | Certificates & secrets, column **Expires** |

The first three are no secrets. The secret’s value is one: do not send it by mail or chat. Any of these is safe:

- The contact center’s administrator sits beside you and pastes it.
- Put it in your organization’s password manager, and share that entry.
- Open EMI Tray yourself, enter the values with Verify, and make a **sealed hand-over** file there: it opens only with a
  passphrase. Send the file, and tell the passphrase by telephone.`
}

function menu(portal: string, page: string, appId: string | null): string {
  const ofList = `${portal}/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade/quickStartType~/null/sourceType/Microsoft_AAD_IAM`
  if (appId === null) return ofList
  return `${portal}/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/${page}/appId/${encodeURIComponent(appId)}`
}

/** Without a Client ID the link can only lead to the list of applications. */
function link(text: string, address: string, appId: string | null): string {
  return appId === null
    ? `**${text}** of the application ([in App registrations](${address}))`
    : `[${text}](${address})`
}
