"""Schema changes as numbered SQL, one file for each database: `versions/NNNN_name.{postgres,sqlite}.sql`."""
