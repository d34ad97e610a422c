/** The access control that PBS and PVE share: roles on paths, the deepest path counts. */

/** One entry of an access control list. */
export interface Grant {
  readonly path: string;
  readonly role: string;
  /** Also for what is below; true unless said otherwise. */
  readonly propagate?: boolean;
}

export interface Access {
  /** Of the user, and of its token: a token can do no more than both. */
  readonly user: readonly Grant[];
  readonly token: readonly Grant[];
}

/** What a server has of it. */
export interface RightsModel {
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /** Listed though nothing is granted on them. */
  readonly paths: readonly string[];
}

export type Privileges = ReadonlyMap<string, boolean>;

/** PBS `AclTree::roles`, PVE `PVE::AccessControl::roles`: a deeper path replaces what is above it. */
function rolesAt(grants: readonly Grant[], path: string): readonly Grant[] {
  const parts = path.split("/").filter((part) => part !== "");
  let found: readonly Grant[] = [];
  for (let depth = 0; depth <= parts.length; depth++) {
    const here = `/${parts.slice(0, depth).join("/")}`;
    const own = grants.filter((grant) =>
      grant.path === here && (depth === parts.length || grant.propagate !== false)
    );
    if (own.length > 0) found = own.some(({ role }) => role === "NoAccess") ? [] : own;
  }
  return found;
}

/** A role's privileges; `=A,B` is one that the owner made of A and B. */
const privilegesOf = (role: string, { roles }: RightsModel): readonly string[] =>
  role.startsWith("=") ? role.slice(1).split(",").filter((each) => each !== "") : roles[role] ?? [];

/** The privileges of a token on a path, and whether each goes on below. */
export function privilegesAt(
  { user, token }: Access,
  path: string,
  model: RightsModel,
): Privileges {
  const of = (grants: readonly Grant[]) => {
    const found = new Map<string, boolean>();
    for (const { role, propagate = true } of rolesAt(grants, path)) {
      for (const privilege of privilegesOf(role, model)) {
        found.set(privilege, propagate || (found.get(privilege) ?? false));
      }
    }
    return found;
  };
  const owner = of(user);
  return new Map(
    [...of(token)].filter(([privilege]) => owner.has(privilege))
      .map(([privilege, on]) => [privilege, on && owner.get(privilege) === true]),
  );
}

/** `/access/permissions`: paths without any privilege are left out. */
export function permissionsOf(access: Access, model: RightsModel): Map<string, Privileges> {
  const granted = [...access.user, ...access.token].flatMap(({ path }) => {
    const parts = path.split("/").filter((part) => part !== "");
    return parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`);
  });
  const paths = new Set([...model.paths, ...granted]);
  return new Map(
    [...paths].map((path) => [path, privilegesAt(access, path, model)] as const)
      .filter(([, privileges]) => privileges.size > 0),
  );
}
