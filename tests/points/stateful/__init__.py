"""Random histories of the ledger beside a small model of it.

Every kind of act is a module here that declares operations (`world.operation`); a new kind is a new module, named in
`OPERATIONS`. An operation does an act to the database and to the model, which must agree on what came of it.
"""
