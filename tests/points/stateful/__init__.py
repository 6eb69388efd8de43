"""Random histories of the ledger beside a small model of it: points, orders, red packets, draws.

Every kind of act is a module here that declares operations (`world.operation`); a new kind is a new module, named in
`OPERATIONS`. An operation does an act to the database and to the model, which must agree on what came of it. A seed
brings the same acts again, but not the same luck: packets are cut and prizes are rolled by the system's own chance.
"""
