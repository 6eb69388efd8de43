// The part of the contract that is measured.

export const typeDefs = `
  scalar DateTime
  scalar Date
  scalar BigInt
  enum BoardMetric { POINTS }
  enum BoardWindow { ALL }
  interface Node { id: ID! }
  type Query {
    viewer: Viewer!
    node(id: ID!): Node
    board(metric: BoardMetric!, window: BoardWindow!): Board!
  }
  type Mutation { checkIn(input: CheckInInput!): CheckInPayload! }
  type Viewer {
    member: Member!
    account: PointsAccount!
    streakDays: Int!
    groups(first: Int!): MemberGroupConnection!
    referrals(first: Int!): ReferralConnection!
  }
  type PointsAccount { available: BigInt! }
  type Member {
    id: ID!
    nickname: String!
    pointsEarned: BigInt
    introduction: Introduction
  }
  type Introduction { likes: String goodAt: String }
  type MemberGroupConnection { edges: [MemberGroupEdge!]! }
  type MemberGroupEdge { node: Group! }
  type Group implements Node {
    id: ID!
    name: String!
    memberCount: Int!
    checkIns(first: Int!): CheckInConnection!
    members(first: Int!): GroupMemberConnection!
  }
  type CheckInConnection { edges: [CheckInEdge!]! }
  type CheckInEdge { node: CheckIn! }
  type CheckIn { createdAt: DateTime! member: Member! }
  type GroupMemberConnection { edges: [GroupMemberEdge!]! pageInfo: PageInfo! }
  type GroupMemberEdge { cursor: String! role: String! joinedAt: DateTime! node: Member! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type Board { entries(first: Int!): BoardMemberConnection! }
  type BoardMemberConnection { edges: [BoardMemberEdge!]! }
  type BoardMemberEdge { rank: Int! score: BigInt! node: Member! }
  type ReferralConnection { edges: [ReferralEdge!]! }
  type ReferralEdge { node: Referral! }
  type Referral { createdAt: DateTime! member: Member! referrals(first: Int!): ReferralConnection! }
  input CheckInInput { idempotencyKey: String! }
  type CheckInPayload {
    checkIn: CheckInMade
    viewer: Viewer
    nextAt: DateTime
    userErrors: [UserError!]!
  }
  type CheckInMade { businessDay: Date! dayIndex: Int! streakDays: Int! pointsPaid: Int! }
  type UserError { code: String! field: String message: String! }
`;
