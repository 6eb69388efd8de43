"""Random schemas and documents, executed by the engine and by graphql-core, which have to say the same."""
