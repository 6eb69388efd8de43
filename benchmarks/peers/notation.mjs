// Ids, cursors and instants as the contract writes them.

const packed = (text) => Buffer.from(text).toString("base64url");

export const idOf = (kind, key) => packed(`${kind}:${key.replaceAll("-", "")}`);

export function keyOf(id) {
  const digits = Buffer.from(id, "base64url").toString().split(":")[1];
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export const cursorOf = (row) => packed(JSON.stringify([row.joined_at.replace("Z", "+00:00"), row.id]));

// From `2026-10-02 02:00:00.5+00` to `2026-10-02T02:00:00.500000Z`.
export function instant(text) {
  const [whole, fraction] = text.slice(0, -3).replace(" ", "T").split(".");
  return fraction ? `${whole}.${fraction.padEnd(6, "0")}Z` : `${whole}Z`;
}
