"""The contract: GraphQL types, inputs and payloads. Object types reach rows only through declared relations."""
