// The shell script of the package, for the Azure CLI.
import { bashPermissionSteps, bashSecretSteps } from './bash-steps.ts'
import type { PackagePlan } from './package-plan.ts'
import { asciiJson, bashText } from './quote.ts'

/** The script as text: ASCII, lines end with LF, for bash 3.2 and later; needs nothing but az. */
export function bashScript(plan: PackagePlan): string {
  return [
    header(plan),
    values(plan),
    OPTIONS,
    FUNCTIONS,
    signIn(plan),
    findApplication(plan),
    bashPermissionSteps,
    bashSecretSteps,
  ].join('\n')
}

function header({ appId, madeOn, cloudNames }: PackagePlan): string {
  const does = appId ? 'Completes' : 'Creates'
  const byHand = cloudNames.azureCli
    ? []
    : [
        '#',
        '# This is a custom cloud. Make it known by hand first, with "az cloud register", and give its name in',
        '# the variable EMI_AZ_CLOUD.',
      ]
  return [
    '#!/usr/bin/env bash',
    `# ${does} the Microsoft Entra application that connects Teams to a Bright Pattern contact center.`,
    `# Written by EMI Tray on ${madeOn}. It was checked by a parser and run against a stand-in of the Azure CLI,`,
    '# not against a tenant.',
    '#',
    '# Run it in Azure Cloud Shell, or on Linux, macOS or WSL with the Azure CLI: bash create-application.sh',
    '# It switches the Azure CLI to the right cloud and, if needed, asks you to sign in.',
    '#',
    '# It makes what permissions.md explains: a single-tenant application with its redirect URI, its service',
    '# principal, the consent for the organization, and one client secret.',
    '# It is safe to run twice: it looks first, adds only what is missing, and takes nothing away.',
    '#',
    '# Who may run it: a Privileged Role Administrator or Global Administrator. An Application Administrator or',
    '# Cloud Application Administrator may run it too; it then stops at the consent to application permissions,',
    '# and an administrator with one of the two other roles runs it again to finish.',
    '#',
    '# Options:',
    '#   --new-secret          make a client secret even if an earlier run made one; the earlier one stays valid',
    '#   --secret-months N     its lifetime; give less where a policy of your organization allows less',
    ...byHand,
    'set -euo pipefail',
    'umask 077',
    '',
  ].join('\n')
}

function values(plan: PackagePlan): string {
  const { cloudNames, tenant } = plan
  const application = { displayName: plan.displayName, signInAudience: plan.signInAudience }
  return `# ---- What is made ----

az_cloud=${cloudNames.azureCli ? bashText(cloudNames.azureCli) : needed('EMI_AZ_CLOUD', 'Set EMI_AZ_CLOUD to the name of the cloud in the Azure CLI.')}
tenant_id=${tenant ? bashText(tenant.id) : needed('EMI_TENANT_ID', 'Set EMI_TENANT_ID to the Directory (tenant) ID.')}
graph_host=${bashText(plan.cloud.graphHost)}
graph_app_id=${bashText(plan.graphAppId)}
application_json=${bashText(asciiJson(application))}
unique_name=${bashText(plan.uniqueName)}
redirect_uri=${bashText(plan.redirectUri)}
sign_in_audience=${bashText(plan.signInAudience)}
delegated=${list(plan.delegated)}
application=${list(plan.application)}
consent_type=${bashText(plan.consentType)}
secret_name=${bashText(plan.secretName)}
secret_months=${plan.secretMonths}
`
}

/** A variable of the environment without which the script stops and says what is missing. */
function needed(name: string, text: string): string {
  return `\${${name}:?${text}}`
}

function list(items: string[]): string {
  return ['(', ...items.map((item) => `  ${bashText(item)}`), ')'].join('\n')
}

const OPTIONS = `new_secret=no
while [ $# -gt 0 ]; do
  case $1 in
    --new-secret) new_secret=yes ;;
    --secret-months)
      secret_months=\${2:-}
      [ $# -lt 2 ] || shift
      ;;
    *)
      echo "Unknown option: $1" >&2
      exit 2
      ;;
  esac
  shift
done
case $secret_months in
  [1-9] | 1[0-9] | 2[0-4]) ;;
  *)
    echo 'The lifetime of the secret is 1 to 24 months.' >&2
    exit 2
    ;;
esac
`

const FUNCTIONS = String.raw`# ---- How ----

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One request to Microsoft Graph: method, path, JMESPath query, body, Prefer header. Lists come as lines.
graph() {
  local request
  request=(az rest --method "$1" --uri "$graph_host/v1.0$2" --resource "$graph_host" --only-show-errors)
  [ -z "$3" ] || request+=(--query "$3")
  if [ -n "${'$'}{4:-}" ]; then
    printf '%s' "$4" >"$work/body.json"
    request+=(--body "@$work/body.json" --headers 'Content-Type=application/json')
    [ -z "${'$'}{5:-}" ] || request+=("Prefer=$5")
  fi
  "${'$'}{request[@]}" --output "${'$'}{format:-tsv}" 2>"$work/problem" | tr -d '\r'
}

# True for what Microsoft's servers answer while they do not know a new object yet.
is_replicating() {
  grep -qE 'ResourceNotFound|does not exist|does not reference a valid application object|backing application|Not a valid reference update|reference-property' "$work/problem"
}

# Like graph, and tries again for about two minutes, until Microsoft's servers know what was made a moment ago.
patiently() {
  local attempt answer
  for attempt in 1 2 3 4 5 6 7 8; do
    if answer=$(graph "$@"); then
      printf '%s' "$answer"
      return 0
    fi
    is_replicating || break
    [ "$attempt" = 8 ] || sleep $((attempt * 4))
  done
  cat "$work/problem" >&2
  if grep -qE 'Authorization_RequestDenied|Forbidden' "$work/problem"; then
    echo 'This account may not do that. See "Who may run it" at the top of this script.' >&2
  fi
  return 1
}

# The id that belongs to a value, in lines of value and id.
id_of() {
  local value id
  while read -r value id; do
    if [ "$value" = "$2" ]; then
      printf '%s' "$id"
      return 0
    fi
  done <<<"$1"
  echo "Microsoft Graph of this cloud does not offer the permission $2." >&2
  return 1
}

# True when one of the lines is this one.
has_line() {
  grep -qixF -- "$2" <<<"$1"
}

# A JSON array without blanks, with elements added at its end.
json_with() {
  case $1 in
    '' | null | '[]') printf '[%s]' "$2" ;;
    *) printf '%s,%s]' "${'$'}{1%']'}" "$2" ;;
  esac
}

# A JSON array from Microsoft Graph, without blanks.
json_of() {
  local text
  text=$(format=json patiently get "$1" "$2") || return 1
  tr -d '[:space:]' <<<"$text"
}
`

function signIn({ tenant }: PackagePlan): string {
  return `if [ "$(az cloud show --query name --output tsv)" != "$az_cloud" ]; then
  az cloud set --name "$az_cloud"
fi
signed_in=$(az account show --query tenantId --output tsv 2>/dev/null || true)
if [ "$signed_in" != "$tenant_id" ]; then
  az login --tenant "$tenant_id" --allow-no-subscriptions --output none
fi
${tenant ? '' : 'tenant_id=$(az account show --query tenantId --output tsv)\n'}`
}

function findApplication({ appId }: PackagePlan): string {
  if (appId !== null) {
    return `# The application that exists already. Its name stays.
client_id=${bashText(appId)}
found=$(patiently get "/applications?\\$filter=appId%20eq%20'$client_id'" 'value[0].[id,appId]')
if [ -z "$found" ]; then
  echo "There is no application with Client ID $client_id in this tenant." >&2
  exit 1
fi
object_id=\${found%%[[:space:]]*}
`
  }
  return `# The application. Its unique name keeps a second one from being made.
by_name="/applications(uniqueName='$unique_name')"
if ! found=$(graph get "$by_name" '[id,appId]'); then
  if ! is_replicating; then
    cat "$work/problem" >&2
    exit 1
  fi
  patiently patch "$by_name" '' "$application_json" create-if-missing >/dev/null
  found=$(patiently get "$by_name" '[id,appId]')
fi
object_id=\${found%%[[:space:]]*}
client_id=\${found##*[[:space:]]}
`
}
