import { z } from "zod";

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
const TIME_SPAN = /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/;

/** What is said of the homelab without being asked. */
export const alertsSchema = z.strictObject({
  enabled: z.boolean().default(false)
    .describe("Whether trouble is reported without being asked."),
  every_minutes: z.int().min(1).max(1440).default(5)
    .describe("How often the services are looked at."),
  quiet_hours: z.string().regex(TIME_SPAN, { error: 'expected a span such as "23:00-07:00"' })
    .nullable().default("23:00-07:00")
    .describe("Alerts wait until this span of the day is over; null for none."),
  digest_at: z.string().regex(TIME, { error: 'expected a time such as "08:00"' })
    .nullable().default("08:00")
    .describe("When the daily digest is sent; null for never."),
});
