// A check-in by hand: the statements that the rules need, on one connection. It knows rolling cycles, base and bonus,
// which is what the benchmark's plan pays; and it adds to boards of its own, by one command for each.

import { createHash, randomUUID } from "node:crypto";

const PLAN =
  "SELECT p.*, d.day, (d.day - 1)::date AS day_before, ((d.day + 1)::timestamp + make_interval(hours => " +
  "p.day_start_hour, mins => p.opens_minute)) AT TIME ZONE p.zone AS next_at FROM check_in_plan p CROSS JOIN LATERAL " +
  "(SELECT ($1::timestamptz AT TIME ZONE p.zone - make_interval(hours => p.day_start_hour))::date AS day) d " +
  "WHERE p.is_default AND p.is_active ORDER BY p.id DESC LIMIT 1";
const CLAIM =
  "INSERT INTO idempotency_key (id, principal, operation, key, input_hash, result_id, created_at) " +
  "VALUES ($1, $2, 'CheckIn', $3, $4, $5, $6)";
const TOUCH =
  "UPDATE member SET version = version + 1, last_active_at = $1 " +
  "WHERE id = $2 AND status IN ('normal', 'muted') RETURNING version";
const GROUP =
  "SELECT m.group_id FROM membership m JOIN chat_group g ON g.id = m.group_id " +
  "WHERE m.member_id = $1 AND g.status = 'active' ORDER BY m.joined_at, m.id LIMIT 1";
const STREAK =
  "SELECT current_days, longest_days, total_days, cycle_done, run_started_on, last_day, cycle_started_on, " +
  "$3::date - last_day - 1 AS missed FROM streak WHERE member_id = $1 AND plan_id = $2";
const CHECK_IN =
  "INSERT INTO check_in (id, member_id, plan_id, plan_version, group_id, business_day, kind, day_index, streak_days, " +
  "points_paid, created_at) VALUES ($1, $2, $3, $4, $5, $6, 'daily', $7, $8, $9, $10)";
const KEEP =
  "INSERT INTO streak (id, member_id, plan_id, current_days, longest_days, total_days, cycle_done, run_started_on, " +
  "last_day, cycle_started_on, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) " +
  "ON CONFLICT (member_id, plan_id) DO UPDATE SET current_days = excluded.current_days, " +
  "longest_days = excluded.longest_days, total_days = excluded.total_days, cycle_done = excluded.cycle_done, " +
  "run_started_on = excluded.run_started_on, last_day = excluded.last_day, " +
  "cycle_started_on = excluded.cycle_started_on, updated_at = excluded.updated_at";
const ACCOUNTS =
  "SELECT id, currency, holder FROM account WHERE holder_id = $1 AND bucket = 'available' OR " +
  "holder_id = '00000000-0000-0000-0000-000000000001' AND bucket = 'issued' ORDER BY id";
const PAY =
  "UPDATE account SET balance = balance + $1, earned_total = earned_total + $1 " +
  "WHERE id = $2 AND balance + $1 >= 0 RETURNING balance";
const ENTRIES =
  "INSERT INTO point_entry (id, transfer_id, account_id, member_id, currency, bucket, amount, balance_after, reason, " +
  "source, rule_id, rule_version, earned_at, posted_at) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], " +
  "$4::uuid[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::text[], $10::text[], $11::uuid[], $12::int[], " +
  "$13::timestamptz[], $14::timestamptz[])";
const LOT =
  "INSERT INTO point_lot (id, account_id, member_id, expires_at, remaining) VALUES ($1, $2, $3, '9999-01-01Z', $4) " +
  "ON CONFLICT (account_id, expires_at) DO UPDATE SET remaining = point_lot.remaining + excluded.remaining";
const OUTBOX =
  "INSERT INTO outbox (id, topic, payload, attempts, created_at, due_at) VALUES ($1, 'standing', $2, 0, $3, " +
  "$3::timestamptz + interval '1 day')";
const SETTLE = "DELETE FROM outbox WHERE id = ANY($1::uuid[])";
const SETTLE_MILLISECONDS = 1_000;

let settled = [];

export async function checkIn(pool, redis, memberId, input) {
  const client = await pool.connect();
  try {
    const made = await committed(client, memberId, input, new Date());
    await told(redis, memberId, made);
    settled.push(made.effectId);
    return made.answer;
  } finally {
    client.release();
  }
}

// What the boards know is deleted from the outbox now and then, as our own server does.
export function settling(pool) {
  setInterval(() => {
    const done = settled;
    settled = [];
    if (done.length) pool.query(SETTLE, [done]);
  }, SETTLE_MILLISECONDS);
}

const run = async (client, text, ...values) => (await client.query({ name: text.slice(0, 60), text, values })).rows;

async function committed(client, memberId, input, at) {
  const [plan] = await run(client, PLAN, at);
  await client.query("BEGIN");
  try {
    const made = await written(client, memberId, plan, input, at);
    await client.query("COMMIT");
    return made;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
}

async function written(client, memberId, plan, input, at) {
  const id = randomUUID();
  const print = createHash("sha256").update(JSON.stringify(input)).digest("hex");
  await run(client, CLAIM, randomUUID(), `member:${memberId}`, input.idempotencyKey, print, id, at);
  await run(client, TOUCH, at, memberId);
  const [group] = await run(client, GROUP, memberId);
  const [before] = await run(client, STREAK, memberId, plan.id, plan.day);
  const after = advanced(before, plan);
  const due = rewards(after, plan);
  const paid = due.reduce((sum, one) => sum + one.points, 0);
  const stands = [after.cycleDone, after.current, paid];
  await run(client, CHECK_IN, id, memberId, plan.id, plan.version, group?.group_id, plan.day, ...stands, at);
  const days = [after.current, after.longest, after.total, after.cycleDone, after.runFrom, plan.day, after.cycleFrom];
  await run(client, KEEP, randomUUID(), memberId, plan.id, ...days, at);
  const available = await payed(client, memberId, plan, due, `check_in:${id}`, at);
  const effectId = randomUUID();
  await run(client, OUTBOX, effectId, { member_ids: [memberId], at }, at);
  const checkIn = {
    businessDay: plan.day,
    dayIndex: after.cycleDone,
    streakDays: after.current,
    pointsPaid: paid,
  };
  const viewer = { key: memberId };
  return { effectId, paid, after, plan, available, answer: { checkIn, viewer, nextAt: plan.next_at, userErrors: [] } };
}

function advanced(before, plan) {
  const runsOn = before?.last_day != null && before.missed <= plan.grace_days;
  const current = runsOn ? before.current_days + 1 : 1;
  const cycleOn = runsOn && before.cycle_started_on != null && before.cycle_done < plan.cycle_days;
  return {
    current,
    longest: Math.max(before?.longest_days ?? 0, current),
    total: (before?.total_days ?? 0) + 1,
    cycleDone: cycleOn ? before.cycle_done + 1 : 1,
    cycleFrom: cycleOn ? before.cycle_started_on : plan.day,
    runFrom: runsOn ? before.run_started_on : plan.day,
  };
}

function rewards(after, plan) {
  const due = [{ reason: "check_in", points: plan.base_points, growth: plan.base_growth }];
  if (after.cycleDone === plan.cycle_days) due.push({ reason: "cycle_bonus", points: plan.finish_bonus, growth: 0 });
  return due.filter((one) => one.points || one.growth);
}

async function payed(client, memberId, plan, due, source, at) {
  const accounts = await run(client, ACCOUNTS, memberId);
  const pool = Object.fromEntries(accounts.filter((one) => one.holder === "platform").map((one) => [one.currency, one.id]));
  const columns = Array.from({ length: 14 }, () => []);
  let available;
  for (const { id, currency } of accounts.filter((one) => one.holder === "member")) {
    const of = currency === "points" ? "points" : "growth";
    const amount = due.reduce((sum, one) => sum + one[of], 0);
    const [{ balance }] = await run(client, PAY, amount, id);
    if (currency === "points") {
      available = balance;
      if (amount) await run(client, LOT, randomUUID(), id, memberId, amount);
    }
    let stands = Number(balance) - amount;
    for (const one of due.filter((one) => one[of])) {
      const transfer = randomUUID();
      stands += one[of];
      const why = [one.reason, source, plan.id, plan.version];
      add(columns, [randomUUID(), transfer, pool[currency], null, currency, "issued", -one[of], null, ...why, null, at]);
      add(columns, [randomUUID(), transfer, id, memberId, currency, "available", one[of], stands, ...why, at, at]);
    }
  }
  await run(client, ENTRIES, ...columns);
  return available;
}

const add = (columns, row) => row.forEach((value, n) => columns[n].push(value));

async function told(redis, memberId, { paid, after, plan }) {
  const periods = [`day:${plan.day}`, `month:${plan.day.slice(0, 7)}`, "week:current", "all:all"];
  const pipeline = redis.pipeline();
  for (const period of periods) {
    pipeline.zincrby(`peer:points:${period}`, paid, memberId);
    pipeline.zincrby(`peer:check_ins:${period}`, 1, memberId);
  }
  pipeline.zadd("peer:streak:all:all", after.current, memberId);
  await pipeline.exec();
}
