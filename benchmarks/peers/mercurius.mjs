// Mercurius on Fastify, with its compiler of queries, a loader for each relation, and pg: the contract's own words.
// PORT, DATABASE_URL, REDIS_URL

import Fastify from "fastify";
import { Redis } from "ioredis";
import mercurius from "mercurius";
import pg from "pg";

import { callerOf } from "./caller.mjs";
import { checkIn, settling } from "./check_in.mjs";
import { cursorOf, idOf, instant, keyOf } from "./notation.mjs";
import { typeDefs } from "./schema.mjs";

pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, instant);
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10, min: 10, options: "-c timezone=UTC" });
const redis = new Redis(process.env.REDIS_URL);

const STREAK =
  "SELECT s.current_days, s.last_day IS NOT NULL AND (now() AT TIME ZONE p.zone - make_interval(hours => " +
  "p.day_start_hour))::date - s.last_day - 1 <= p.grace_days AS runs FROM streak s JOIN check_in_plan p " +
  "ON p.id = s.plan_id WHERE s.member_id = $1 AND p.is_default AND p.is_active";
const ACCOUNT = "holder = 'member' AND currency = 'points' AND bucket = 'available'";
const BALANCE = `SELECT balance FROM account WHERE holder_id = $1 AND ${ACCOUNT}`;
const EARNED = `SELECT holder_id AS key, earned_total FROM account WHERE holder_id = ANY($1::uuid[]) AND ${ACCOUNT}`;
const GROUPS =
  "SELECT g.id, g.name, g.member_count FROM membership s JOIN chat_group g ON g.id = s.group_id " +
  "WHERE s.member_id = $1 ORDER BY s.joined_at, s.id LIMIT $2";
const GROUP = "SELECT g.id FROM chat_group g JOIN membership s ON s.group_id = g.id WHERE g.id = $1 AND s.member_id = $2";
const MEMBERSHIPS =
  "SELECT id, member_id, role, joined_at FROM membership WHERE group_id = $1 ORDER BY joined_at, id LIMIT $2";
const MEMBERS = "SELECT id AS key, nickname, is_hidden_from_boards FROM member WHERE id = ANY($1::uuid[])";
const INTRODUCTIONS =
  "SELECT member_id AS key, likes, good_at FROM introduction WHERE member_id = ANY($1::uuid[]) AND is_latest";
const CHECK_INS =
  "SELECT c.group_id AS key, c.created_at, c.member_id FROM unnest($1::uuid[]) AS p(id) CROSS JOIN LATERAL (SELECT * " +
  "FROM check_in WHERE group_id = p.id AND voided_at IS NULL ORDER BY created_at DESC, id DESC LIMIT $2) c " +
  "ORDER BY c.created_at DESC, c.id DESC";
const REFERRALS =
  "SELECT r.inviter_id AS key, r.created_at, r.invitee_id FROM unnest($1::uuid[]) AS p(id) CROSS JOIN LATERAL (SELECT * " +
  "FROM referral WHERE inviter_id = p.id ORDER BY created_at DESC, id DESC LIMIT $2) r " +
  "ORDER BY r.created_at DESC, r.id DESC";

const query = async (text, ...values) => (await pool.query({ name: text.slice(0, 60), text, values })).rows;

async function byKey(text, keys) {
  const found = new Map((await query(text, [...new Set(keys)])).map((row) => [row.key, row]));
  return keys.map((key) => found.get(key) ?? null);
}

async function children(text, queries, keyOfParent) {
  const keys = queries.map(({ obj }) => keyOfParent(obj));
  const found = new Map(keys.map((key) => [key, []]));
  for (const row of await query(text, keys, queries[0].params.first)) found.get(row.key).push(row);
  return keys.map((key) => ({ edges: found.get(key).map((node) => ({ node })) }));
}

const member = (row) => row && { key: row.key, nickname: row.nickname, hidden: row.is_hidden_from_boards };
const members = (keyOfParent) => async (queries) =>
  (await byKey(MEMBERS, queries.map(({ obj }) => keyOfParent(obj)))).map(member);
const referrals = (keyOfParent) => (queries) => children(REFERRALS, queries, keyOfParent);

const resolvers = {
  Node: { resolveType: () => "Group" },
  Query: {
    viewer: (_, __, { memberId }) => ({ key: memberId }),
    node: async (_, { id }, { memberId }) => (await query(GROUP, keyOf(id), memberId))[0],
    board: () => ({}),
  },
  Mutation: { checkIn: (_, { input }, { memberId }) => checkIn(pool, redis, memberId, input) },
  Viewer: {
    account: async ({ key }) => ({ available: (await query(BALANCE, key))[0]?.balance ?? "0" }),
    streakDays: async ({ key }) => (await query(STREAK, key)).map((row) => (row.runs ? row.current_days : 0))[0] ?? 0,
    groups: async ({ key }, { first }) => ({ edges: (await query(GROUPS, key, first)).map((node) => ({ node })) }),
  },
  Board: { entries: (_, { first }) => places(first) },
  Group: {
    id: ({ id }) => idOf("Group", id),
    memberCount: (row) => row.member_count,
    members: async ({ id }, { first }) => page(await query(MEMBERSHIPS, id, first + 1), first),
  },
  CheckIn: { createdAt: (row) => row.created_at },
  Referral: { createdAt: (row) => row.created_at },
  Member: { id: ({ key }) => idOf("Member", key) },
  GroupMemberEdge: {
    cursor: cursorOf,
    role: ({ role }) => role.toUpperCase(),
    joinedAt: (row) => row.joined_at,
  },
  Introduction: { goodAt: (row) => row.good_at },
};

// Without a cache of its own, whose keys are each object as text; keys are made unique where they are read.
const loaders = uncached({
  Viewer: { member: members(({ key }) => key), referrals: referrals(({ key }) => key) },
  Group: { checkIns: (queries) => children(CHECK_INS, queries, ({ id }) => id) },
  CheckIn: { member: members((row) => row.member_id) },
  GroupMemberEdge: { node: members((row) => row.member_id) },
  BoardMemberEdge: { node: members(({ key }) => key) },
  Referral: { member: members((row) => row.invitee_id), referrals: referrals((row) => row.invitee_id) },
  Member: {
    introduction: (queries) => byKey(INTRODUCTIONS, queries.map(({ obj }) => obj.key)),
    pointsEarned: async (queries) => {
      const found = await byKey(EARNED, queries.map(({ obj }) => obj.key));
      return queries.map(({ obj }, n) => (obj.hidden ? null : (found[n]?.earned_total ?? "0")));
    },
  },
});

function uncached(types) {
  const each = (object, change) => Object.fromEntries(Object.entries(object).map(([name, one]) => [name, change(one)]));
  return each(types, (fields) => each(fields, (loader) => ({ loader, opts: { cache: false } })));
}

function page(rows, first) {
  const edges = rows.slice(0, first);
  const endCursor = edges.length ? cursorOf(edges.at(-1)) : null;
  return { edges, pageInfo: { hasNextPage: rows.length > first, endCursor } };
}

async function places(first) {
  const flat = await redis.zrevrange("board:{points:global}:all:all", 0, first - 1, "WITHSCORES");
  const edges = [];
  for (let n = 0; n < flat.length; n += 2) {
    const score = String(Math.trunc(Number(flat[n + 1])));
    edges.push({ key: memberOf(flat[n].slice(13)), rank: n / 2 + 1, score });
  }
  return { edges };
}

// Boards name a member by its id counted down.
const LAST_ID = (1n << 128n) - 1n;
function memberOf(text) {
  const digits = (LAST_ID - BigInt(`0x${text}`)).toString(16).padStart(32, "0");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

settling(pool);
const app = Fastify();
app.register(mercurius, {
  schema: typeDefs,
  resolvers,
  loaders,
  jit: 1,
  graphiql: false,
  context: async (request) => ({ memberId: await callerOf(pool, request.headers.authorization) }),
});
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
