import type { NewDelivery, Place } from "../../../journal/mod.ts";
import { button, keyboard } from "../../buttons.ts";
import { deliveries } from "../../outbox/compose.ts";
import { renderMarkdown } from "../../text/markdown.ts";
import { photoDelivery } from "../../api/uploads.ts";

/** News for people that nobody asked for. */
interface Notice {
  /** Null: every allowed user. */
  readonly place: Place | null;
  /** Markdown. */
  readonly text: string;
  readonly about: { readonly alert: number } | { readonly finding: number } | null;
  readonly pictures?: readonly Uint8Array[];
}

/** A notice as messages, with the buttons that belong to what it is about. */
export function noticeRows(notice: Notice, users: readonly number[]): NewDelivery[] {
  const { place, text, pictures = [] } = notice;
  const places = place === null ? users.map((chat): Place => ({ chat })) : [place];
  const extra = buttonsOf(notice.about);
  const said = renderMarkdown(text);
  return places.flatMap((place) => [
    ...deliveries(said, { place, replyTo: null }, { extra }),
    ...pictures.map((png) => photoDelivery(png, place)),
  ]);
}

function buttonsOf(about: Notice["about"]): object {
  if (about === null) return {};
  if ("finding" in about) {
    const { finding } = about;
    return keyboard([
      button("💬 Go on with Claude", { do: "finding.continue", finding }),
    ]);
  }
  const { alert } = about;
  return keyboard(
    [button("💬 Ask Claude", { do: "alert.ask", alert })],
    [
      button("🔕 1 hour", { do: "alert.hour", alert }),
      button("🔕 1 day", { do: "alert.day", alert }),
    ],
  );
}
