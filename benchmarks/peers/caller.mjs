// Who asks: the same look-up of a token as in our own server.

import { createHash } from "node:crypto";

const CALLER = {
  name: "caller",
  text:
    "SELECT s.subject_id FROM session s JOIN member m ON m.id = s.subject_id WHERE s.access_hash = $1 " +
    "AND s.access_expires_at > $2 AND s.ended_at IS NULL AND s.kind = 'member' " +
    "AND m.status IN ('normal', 'muted', 'frozen')",
};

export async function callerOf(pool, authorization) {
  const token = (authorization ?? "").replace(/^Bearer /, "");
  const hash = createHash("sha256").update(token).digest("hex");
  const { rows } = await pool.query({ ...CALLER, values: [hash, new Date()] });
  if (rows.length === 0) throw new Error("Log in first.");
  return rows[0].subject_id;
}
