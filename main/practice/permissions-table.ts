// The permissions that the practice tenant's Microsoft Graph publishes: delegated scopes and application roles.
// Ids and names: https://github.com/microsoftgraph/microsoft-graph-devx-content (permissions/), commit 6cbd6bbd.

export const GRAPH_APP_ID = '00000003-0000-0000-c000-000000000000'

export interface PublishedPermission {
  readonly value: string
  readonly id: string
  readonly title: string
  readonly adminOnly: boolean
}

/** The delegated scopes (servicePrincipal.oauth2PermissionScopes). */
export const publishedScopes: readonly PublishedPermission[] = [
  {
    value: 'Chat.ReadWrite',
    id: '9ff7295e-131b-4d94-90e1-69fde507ac11',
    title: 'Read and write user chat messages',
    adminOnly: false,
  },
  {
    value: 'ChatMessage.Send',
    id: '116b7235-7cc6-461e-b163-8e55691d839e',
    title: 'Send user chat messages',
    adminOnly: false,
  },
  {
    value: 'ChannelMessage.Send',
    id: 'ebf0f66e-9fb1-49e4-a278-222f76911cf4',
    title: 'Send channel messages',
    adminOnly: false,
  },
  {
    value: 'Directory.Read.All',
    id: '06da0dbc-49e2-44d2-8312-53f166ab848a',
    title: 'Read directory data',
    adminOnly: true,
  },
  {
    value: 'Group.Read.All',
    id: '5f8c59db-677d-491f-a6b8-5f174b11ec1d',
    title: 'Read all groups',
    adminOnly: true,
  },
  {
    value: 'Presence.Read.All',
    id: '9c7a330d-35b3-4aa1-963d-cb2b9f927841',
    title: 'Read presence information of all users in your organization',
    adminOnly: false,
  },
  {
    value: 'Subscription.Read.All',
    id: '5f88184c-80bb-4d52-9ff2-757288b2e9b7',
    title: 'Read all webhook subscriptions',
    adminOnly: true,
  },
  {
    value: 'User.Read.All',
    id: 'a154be20-db9c-4678-8ab7-66f6cc099a59',
    title: "Read all users' full profiles and company properties",
    adminOnly: true,
  },
  {
    value: 'Application.ReadWrite.All',
    id: 'bdfbf15f-ee85-4955-8675-146e8e5296b5',
    title: 'Read and write all applications',
    adminOnly: true,
  },
  {
    value: 'AppRoleAssignment.ReadWrite.All',
    id: '84bccea3-f856-4a8a-967b-dbe0a3d53a64',
    title: 'Manage app permission grants and app role assignments',
    adminOnly: true,
  },
  {
    value: 'DelegatedPermissionGrant.ReadWrite.All',
    id: '41ce6ca6-6826-4807-84f1-1c82854f7ee5',
    title: 'Manage all delegated permission grants',
    adminOnly: true,
  },
  {
    value: 'Application.Read.All',
    id: 'c79f8feb-a9db-4090-85f9-90d820caa0eb',
    title: 'Read applications',
    adminOnly: true,
  },
  {
    value: 'Organization.Read.All',
    id: '4908d5b9-3fb2-4b1e-9336-1888b7937185',
    title: 'Read organization information',
    adminOnly: true,
  },
  {
    value: 'User.Read',
    id: 'e1fe6dd8-ba31-4d61-89e7-88639da4683d',
    title: 'Sign in and read user profile',
    adminOnly: false,
  },
  {
    value: 'RoleManagement.Read.Directory',
    id: '741c54c3-0c1e-44a1-818b-3f97ab4e8c83',
    title: 'Read directory RBAC settings',
    adminOnly: true,
  },
  {
    value: 'Policy.Read.All',
    id: '572fea84-0151-49b2-9301-11cb16974376',
    title: "Read your organization's policies",
    adminOnly: true,
  },
  {
    value: 'Policy.ReadWrite.ApplicationConfiguration',
    id: 'b27add92-efb2-4f16-84f5-8108ba77985c',
    title: "Read and write your organization's application configuration policies",
    adminOnly: true,
  },
  {
    value: 'openid',
    id: '37f7f235-527c-4136-accd-4a02d197296e',
    title: 'Sign users in',
    adminOnly: false,
  },
  {
    value: 'profile',
    id: '14dad69e-099b-42c9-810b-d002981feec1',
    title: "View users' basic profile",
    adminOnly: false,
  },
  {
    value: 'email',
    id: '64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0',
    title: "View users' email address",
    adminOnly: false,
  },
  {
    value: 'offline_access',
    id: '7427e0e9-2fba-42fe-b0c0-848c9e6a8182',
    title: 'Maintain access to data you have given it access to',
    adminOnly: false,
  },
  {
    value: 'Mail.Read',
    id: '570282fd-fa5c-430d-a7fd-fc8dc98a9dca',
    title: 'Read user mail',
    adminOnly: false,
  },
  {
    value: 'Chat.Read',
    id: 'f501c180-9344-439a-bca0-6cbf209fd270',
    title: 'Read user chat messages',
    adminOnly: false,
  },
  {
    value: 'Chat.ReadBasic',
    id: '9547fcb5-d03f-419d-9948-5928bbf71b0f',
    title: 'Read names and members of user chat threads',
    adminOnly: false,
  },
  {
    value: 'ChannelMessage.Read.All',
    id: '767156cb-16ae-4d10-8f8b-41b657c8c8c8',
    title: 'Read user channel messages',
    adminOnly: true,
  },
  {
    value: 'ChatMember.Read',
    id: 'c5a9e2b1-faf6-41d4-8875-d381aa549b24',
    title: 'Read the members of chats',
    adminOnly: true,
  },
  {
    value: 'ProfilePhoto.Read.All',
    id: '469cd065-729e-4dee-b1fa-d92e0fab6310',
    title: 'Read profile photo of a user or group',
    adminOnly: true,
  },
  {
    value: 'User.ReadBasic.All',
    id: 'b340eb25-3456-403f-be2f-af7a0d370277',
    title: "Read all users' basic profiles",
    adminOnly: false,
  },
  {
    value: 'Files.Read.All',
    id: 'df85f4d6-205c-4ac5-a5ea-6bf408dba283',
    title: 'Read all files that user can access',
    adminOnly: false,
  },
]

/** The application roles (servicePrincipal.appRoles); every one needs an administrator. */
export const publishedRoles: readonly PublishedPermission[] = [
  {
    value: 'Chat.ReadWrite.All',
    id: '294ce7c9-31ba-490a-ad7d-97a7d075e4ed',
    title: 'Read and write all chat messages',
    adminOnly: true,
  },
  {
    value: 'ChannelMessage.Read.All',
    id: '7b2449af-6ccd-4f4d-9f78-e550c193f0d1',
    title: 'Read all channel messages',
    adminOnly: true,
  },
  {
    value: 'User.Read.All',
    id: 'df021288-bdef-4463-88db-98f22de89214',
    title: "Read all users' full profiles and company properties",
    adminOnly: true,
  },
  {
    value: 'Chat.Read.All',
    id: '6b7d71aa-70aa-4810-a8d9-5d9fb2830017',
    title: 'Read all chat messages',
    adminOnly: true,
  },
  {
    value: 'Chat.ReadBasic.All',
    id: 'b2e060da-3baf-4687-9611-f4ebc0f0cbde',
    title: 'Read names and members of all chat threads',
    adminOnly: true,
  },
  {
    value: 'ChatMember.Read.All',
    id: 'a3410be2-8e48-4f32-8454-c29a7465209d',
    title: 'Read the members of all chats',
    adminOnly: true,
  },
  {
    value: 'Presence.Read.All',
    id: 'a70e0c2d-e793-494c-94c4-118fa0a67f42',
    title: 'Read presence information of all users in your organization',
    adminOnly: true,
  },
  {
    value: 'ProfilePhoto.Read.All',
    id: 'e24d31aa-e1ab-4c80-85fe-23018690335d',
    title: 'Read profile photo of a user or group',
    adminOnly: true,
  },
  {
    value: 'User.ReadBasic.All',
    id: '97235f07-e226-4f63-ace3-39588e11d3a1',
    title: "Read all users' basic profiles",
    adminOnly: true,
  },
  {
    value: 'Files.Read.All',
    id: '01d4889c-1287-42c6-ac1f-5d1e02578ef6',
    title: 'Read files in all site collections',
    adminOnly: true,
  },
  {
    value: 'Sites.Read.All',
    id: '332a536c-c7ef-4017-ab91-336970924f0d',
    title: 'Read items in all site collections',
    adminOnly: true,
  },
  {
    value: 'Group.Read.All',
    id: '5b567255-7703-4780-807c-7be8301ae99b',
    title: 'Read all groups',
    adminOnly: true,
  },
  {
    value: 'Directory.Read.All',
    id: '7ab1d382-f21e-4acd-a863-ba3e13f7da61',
    title: 'Read directory data',
    adminOnly: true,
  },
  {
    value: 'Organization.Read.All',
    id: '498476ce-e0fe-48b0-b801-37ba7e2685c6',
    title: 'Read organization information',
    adminOnly: true,
  },
  {
    value: 'Teamwork.Migrate.All',
    id: 'dfb0dd15-61de-45b2-be36-d6a69fba3c79',
    title: "Create chat and channel messages with anyone's identity and with any timestamp",
    adminOnly: true,
  },
  {
    value: 'Channel.ReadBasic.All',
    id: '59a6b24b-4225-4393-8165-ebaec5f55d7a',
    title: 'Read the names and descriptions  of all channels',
    adminOnly: true,
  },
  {
    value: 'Team.ReadBasic.All',
    id: '2280dda6-0bfd-44ee-a2f4-cb867cfc4c1e',
    title: 'Get a list of all teams',
    adminOnly: true,
  },
  {
    value: 'Application.Read.All',
    id: '9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30',
    title: 'Read all applications',
    adminOnly: true,
  },
]

/** The OpenID Connect scopes, asked for beside Graph's and never in a Graph token. */
export const OIDC_SCOPES: readonly string[] = ['openid', 'profile', 'email', 'offline_access']

/** The published delegated scope of this name; names are compared without case, as Entra does. */
export function findScope(value: string): PublishedPermission | undefined {
  return publishedScopes.find((scope) => scope.value.toLowerCase() === value.toLowerCase())
}
