/**
 * A stand-in for a Beszel hub, written from the sources of Beszel 0.18 (internal/hub/collections,
 * internal/migrations) and PocketBase (apis/record_crud, tools/search): lists by pages, to who may see
 * them; to anybody else an empty list.
 */
import { type HomelabSim, startHomelab } from "./homelab.ts";

/** PocketBase answers no more in one page (tools/search `MaxPerPage`). */
const MAX_PER_PAGE = 1000;

export type Records = Record<string, readonly Readonly<Record<string, unknown>>[]>;

/** Starts a hub with these collections; `token` is what its login gives, and who has it sees all. */
export function startBeszelSim(collections: Records, token = "t"): HomelabSim {
  const lists = Object.fromEntries(
    Object.entries(collections).map(([name, records]) => [
      `/api/collections/${name}/records`,
      (request: Request) => listed(request, records, token),
    ]),
  );
  const known = ["systems", "alerts", "smart_devices", "system_stats"].map((name) => [
    `/api/collections/${name}/records`,
    () => Response.json(MISSING, { status: 404 }),
  ]);
  return startHomelab({
    routes: {
      "/api/collections/users/auth-with-password": { json: { token, record: {} } },
      ...Object.fromEntries(known),
      ...lists,
    },
  });
}

/** What PocketBase says of a collection that it does not have. */
const MISSING = { data: {}, message: "Missing collection context.", status: 404 };

function listed(
  request: Request,
  records: Records[string],
  token: string,
): Response {
  const { searchParams } = new URL(request.url);
  const page = Math.max(1, Number(searchParams.get("page") ?? 1));
  const perPage = Math.min(MAX_PER_PAGE, Math.max(1, Number(searchParams.get("perPage") ?? 30)));
  const seen = request.headers.get("authorization") === token ? records : [];
  const items = seen.slice((page - 1) * perPage, page * perPage);
  const skip = searchParams.get("skipTotal") === "1";
  return Response.json({
    ...{ items, page, perPage },
    totalItems: skip ? -1 : seen.length,
    totalPages: skip ? -1 : Math.ceil(seen.length / perPage),
  });
}
