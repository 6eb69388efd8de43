"""What the audit of the ledger asks of red packets: each is a sentence, and the rows that break it."""

PACKET_PROMISES = (
    (
        "Red packet {id} of {total}: {given} taken, {refunded} given back, {balance} in its account.",
        # While it is open the account holds the rest; once it has ended nothing is left, and the refund makes it whole.
        "SELECT p.id, p.total, p.state, CAST(COALESCE(s.given, 0) AS BIGINT) AS given, "
        "COALESCE(p.refunded, 0) AS refunded, COALESCE(a.balance, 0) AS balance FROM red_packet p "
        "LEFT JOIN (SELECT packet_id, SUM(amount) AS given FROM red_packet_share GROUP BY packet_id) s "
        "ON s.packet_id = p.id LEFT JOIN (SELECT holder_id, SUM(balance) AS balance FROM account "
        "WHERE holder = 'packet' GROUP BY holder_id) a ON a.holder_id = p.id "
        "WHERE COALESCE(s.given, 0) + COALESCE(p.refunded, 0) + COALESCE(a.balance, 0) <> p.total "
        "OR p.state <> 'open' AND COALESCE(a.balance, 0) <> 0 ORDER BY p.id LIMIT 100",
    ),
    (
        "Red packet {id} says {taken} shares were taken; {shares} are written down.",
        "SELECT p.id, p.taken, COALESCE(s.shares, 0) AS shares FROM red_packet p "
        "LEFT JOIN (SELECT packet_id, COUNT(*) AS shares FROM red_packet_share GROUP BY packet_id) s "
        "ON s.packet_id = p.id WHERE p.taken <> COALESCE(s.shares, 0) ORDER BY p.id LIMIT 100",
    ),
)
