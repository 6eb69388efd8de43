// PostGraphile 5 over the benchmark's tables: the schema it makes of them, and the caller as a root.
// PORT, DATABASE_URL

import "./older.mjs";

import { createServer } from "node:http";
import { grafserv } from "grafserv/node";
import pg from "pg";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { context } from "postgraphile/grafast";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { extendSchema, gql, jsonPgSmartTags } from "postgraphile/utils";

import { callerOf } from "./caller.mjs";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10, min: 10 });

// Relations for which the tables have no foreign key, and a name where two tables would have the same one.
const relations = jsonPgSmartTags({
  version: 1,
  config: {
    class: {
      account: { tags: { foreignKey: "(holder_id) references member (id)" } },
      check_in: { tags: { foreignKey: "(group_id) references chat_group (id)" } },
      grant_rows: { tags: { name: "grant_portion" } },
    },
  },
});

const viewer = extendSchema((build) => {
  const { member } = build.input.pgRegistry.pgResources;
  return {
    typeDefs: gql`
      extend type Query {
        viewer: Member
      }
    `,
    objects: {
      Query: {
        plans: {
          viewer: () => member.get({ id: context().get("memberId") }),
        },
      },
    },
  };
});

const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [relations, viewer],
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  pgServices: [makePgService({ pool, schemas: ["public"] })],
  grafserv: { graphqlPath: "/graphql", graphiql: false },
  grafast: {
    context: async (request) => ({ memberId: await callerOf(pool, request.node.req.headers.authorization) }),
  },
};

const server = createServer();
await postgraphile(preset).createServ(grafserv).addTo(server);
server.listen(Number(process.env.PORT), "127.0.0.1");
