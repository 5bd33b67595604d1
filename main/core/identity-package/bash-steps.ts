// The steps of the shell script that are the same for every plan: permissions, consent and secret.

/** Completes the application, makes its service principal and consents; works on the script's own variables. */
export const bashPermissionSteps = `# The ids of the permissions, from this tenant's own Microsoft Graph.
graph_by_app_id="/servicePrincipals(appId='$graph_app_id')"
graph_id=$(patiently get "$graph_by_app_id" 'id')
scopes=$(patiently get "$graph_by_app_id" 'oauth2PermissionScopes[].[value,id]')
roles=$(patiently get "$graph_by_app_id" 'appRoles[].[value,id]')

# Its audience, redirect URI and list of permissions. What else is there stays.
application_path="/applications/$object_id"
audience=$(patiently get "$application_path" 'signInAudience')
if [ "$audience" != "$sign_in_audience" ]; then
  patiently patch "$application_path" '' "{\\"signInAudience\\":\\"$sign_in_audience\\"}" >/dev/null
fi

redirect_uris=$(json_of "$application_path" 'web.redirectUris')
if [[ $redirect_uris != *'"'"$redirect_uri"'"'* ]]; then
  redirect_uris=$(json_with "$redirect_uris" "\\"$redirect_uri\\"")
  patiently patch "$application_path" '' "{\\"web\\":{\\"redirectUris\\":$redirect_uris}}" >/dev/null
fi

of_graph="requiredResourceAccess[?resourceAppId=='$graph_app_id'].resourceAccess[]"
listed=$(patiently get "$application_path" "$of_graph.[id,type]" | tr '\\t' ' ')
missing=''
for value in "\${delegated[@]}"; do
  id=$(id_of "$scopes" "$value")
  has_line "$listed" "$id Scope" || missing="$missing,{\\"id\\":\\"$id\\",\\"type\\":\\"Scope\\"}"
done
for value in "\${application[@]}"; do
  id=$(id_of "$roles" "$value")
  has_line "$listed" "$id Role" || missing="$missing,{\\"id\\":\\"$id\\",\\"type\\":\\"Role\\"}"
done
if [ -n "$missing" ]; then
  of_others=$(json_of "$application_path" "requiredResourceAccess[?resourceAppId!='$graph_app_id']")
  access=$(json_with "$(json_of "$application_path" "$of_graph")" "\${missing#,}")
  access="{\\"resourceAppId\\":\\"$graph_app_id\\",\\"resourceAccess\\":$access}"
  access=$(json_with "$of_others" "$access")
  patiently patch "$application_path" '' "{\\"requiredResourceAccess\\":$access}" >/dev/null
fi

# Its service principal, which permissions are granted to.
principal_id=$(patiently get "/servicePrincipals?\\$filter=appId%20eq%20'$client_id'" 'value[0].id')
if [ -z "$principal_id" ]; then
  principal_id=$(patiently post '/servicePrincipals' 'id' "{\\"appId\\":\\"$client_id\\"}")
fi

# The consent to delegated permissions, for the whole organization.
grant=$(patiently get "/oauth2PermissionGrants?\\$filter=clientId%20eq%20'$principal_id'%20and%20consentType%20eq%20'$consent_type'" "value[?resourceId=='$graph_id'].[id,scope]")
if [ -z "$grant" ]; then
  patiently post '/oauth2PermissionGrants' '' "{\\"clientId\\":\\"$principal_id\\",\\"consentType\\":\\"$consent_type\\",\\"resourceId\\":\\"$graph_id\\",\\"scope\\":\\"\${delegated[*]}\\"}" >/dev/null
else
  read -r grant_id granted <<<"$grant"
  all=$granted
  for value in "\${delegated[@]}"; do
    has_line "$(tr ' ' '\\n' <<<"$granted")" "$value" || all="$all $value"
  done
  if [ "$all" != "$granted" ]; then
    patiently patch "/oauth2PermissionGrants/$grant_id" '' "{\\"scope\\":\\"$all\\"}" >/dev/null
  fi
fi

# The consent to application permissions.
assigned=$(patiently get "/servicePrincipals/$principal_id/appRoleAssignments" "value[?resourceId=='$graph_id'].appRoleId")
for value in "\${application[@]}"; do
  id=$(id_of "$roles" "$value")
  if ! has_line "$assigned" "$id"; then
    patiently post "/servicePrincipals/$graph_id/appRoleAssignedTo" '' "{\\"principalId\\":\\"$principal_id\\",\\"resourceId\\":\\"$graph_id\\",\\"appRoleId\\":\\"$id\\"}" >/dev/null
  fi
done
`

/** Makes the secret where none is there, and prints what is given back. */
export const bashSecretSteps = `# The day some months from now; or the last that every such month has.
end_date() {
  local year month day total last
  year=$(date -u +%Y)
  month=$(date -u +%m)
  day=$(date -u +%d)
  day=\${day#0}
  total=$((year * 12 + \${month#0} - 1 + $1))
  year=$((total / 12))
  month=$((total % 12 + 1))
  case $month in
    4 | 6 | 9 | 11) last=30 ;;
    2) last=28 ;;
    *) last=31 ;;
  esac
  [ "$day" -le "$last" ] || day=$last
  printf '%04d-%02d-%02dT00:00:00Z' "$year" "$month" "$day"
}

# The secret comes last: its value is seen only once, here.
kept=no
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
ends=$(patiently get "$application_path" "passwordCredentials[?displayName=='$secret_name'].endDateTime")
for end in $ends; do
  if [[ "$end" > "$now" ]]; then kept=yes; fi
done
secret=''
if [ "$kept" = no ] || [ "$new_secret" = yes ]; then
  ends_at=$(end_date "$secret_months")
  answer=$(patiently post "$application_path/addPassword" '[secretText,endDateTime]' "{\\"passwordCredential\\":{\\"displayName\\":\\"$secret_name\\",\\"endDateTime\\":\\"$ends_at\\"}}")
  secret=\${answer%%[[:space:]]*}
fi

echo
echo 'Done. Give these values back, as step-by-step.md says:'
echo "  Object ID              $object_id"
echo "  Directory (tenant) ID  $tenant_id"
echo "  Client ID              $client_id"
if [ -n "$secret" ]; then
  echo "  Client secret (value)  $secret"
  echo "  It expires at          \${ends_at%%T*}"
  echo 'The secret is not shown again. It can take some minutes until it works everywhere.'
else
  echo 'An earlier run made a client secret that is still valid, so none was made now.'
  echo 'If its value is lost, run this script again with --new-secret.'
fi
`
