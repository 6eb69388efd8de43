"""The scripts by which boards are written and read in Redis. Each works on the keys of one board alone.

`write` sets what members have, in absolute figures and for all periods at once. A member's entry in `state` reads
`<version> <second> <period>=<score>:<instant> …`, and an older reading, or the same one again, changes nothing. What is
older is decided by the member's version, and by the second a reading was made for where only time has passed. So
writes may come twice and in any order. A member with nothing to show keeps its version there and stands in no order.
Where a reading for a later second was written before, `<second>/<later second>` stands in the entry.

A board counts only once it is complete (`about.built`). While one is built under the names `…:next`, live writes go to
both, and the version again decides which of a live and a built reading stays; then the finished keys take the place
of the old ones in one step, so that no reader sees half a board and no write is lost.
"""

from store.redis import script

LOCK_MILLISECONDS = 60_000

WRITE = script(
    "board-write",
    """
    -- KEYS about, lock, state, then an order for each period; the `…:next` of each lies on the same slot
    -- ARGV token of a builder or '', milliseconds, the second at which each order is needed no more (0: never), and a
    --      line for each member: `<id> <groups> <entry>`
    -- Plain searches instead of patterns, which would take most of the time.
    local token, lines = ARGV[1], ARGV[4]
    local find, sub, insert = string.find, string.sub, table.insert

    local function cut(text, mark, from)
        local stop = find(text, mark, from, true) or #text + 1
        return sub(text, from, stop - 1), stop + 1
    end

    -- The parts of ` <period>=<held> …`, by period.
    local function parts(text)
        local found, period, held, from = {}, nil, nil, 2
        while from <= #text do
            period, from = cut(text, '=', from)
            held, from = cut(text, ' ', from)
            found[period] = held
        end
        return found
    end

    local places, expiries = nil, {}
    local function place_of(period)
        if not places then
            places = {}
            local prefix, from, expiry = #KEYS[3] - #'state' + 1, 1, nil
            for n = 4, #KEYS do
                places[sub(KEYS[n], find(KEYS[n], ':', prefix, true) + 1)] = n
                expiry, from = cut(ARGV[3], ' ', from)
                expiries[n] = tonumber(expiry)
            end
        end
        return places[period]
    end

    -- For each member that was written: its groups, the second of the reading, and whether anything changed.
    local function write(suffix)
        local state, ids, groups, entries, kept, written = KEYS[3] .. suffix, {}, {}, {}, {}, {}
        local adds, drops, latest, from = {}, {}, 0, 1
        while from <= #lines do
            local place, line = #ids + 1, nil
            line, from = cut(lines, '\\n', from)
            local id, after_id = cut(line, ' ', 1)
            local group, after_group = cut(line, ' ', after_id)
            ids[place], groups[place], entries[place] = id, group, sub(line, after_group)
        end
        if #ids == 0 then return written end

        local function add(n, id, score, instant)
            adds[n] = adds[n] or {}
            insert(adds[n], score)
            insert(adds[n], instant .. id)
        end

        local function drop(n, id, instant)
            drops[n] = drops[n] or {}
            insert(drops[n], instant .. id)
        end

        for place, old in ipairs(redis.call('HMGET', state, unpack(ids))) do
            local id, entry, has_changed = ids[place], entries[place], false
            local version, after_version = cut(entry, ' ', 1)
            local second, after_second = cut(entry, ' ', after_version)
            local now = sub(entry, after_second - 1)
            local was_version, was_second, newest, was = -1, 0, 0, ''
            if old then
                local one, after_one = cut(old, ' ', 1)
                local two, after_two = cut(old, ' ', after_one)
                local made, after_made = cut(two, '/', 1)
                was_version, was_second, was = tonumber(one), tonumber(made), sub(old, after_two - 1)
                newest = tonumber(sub(two, after_made)) or was_second
            end
            version, second = tonumber(version), tonumber(second)
            if version > was_version or (version == was_version and second > was_second) then
                -- A newer version read for an earlier second knows nothing of periods that began since: they stay.
                local is_behind = second < newest
                if is_behind then entry = version .. ' ' .. second .. '/' .. newest .. now end
                if now ~= was then
                    local before = parts(was)
                    for period, held in pairs(parts(now)) do
                        local n, earlier = place_of(period), before[period]
                        before[period] = nil
                        if held ~= earlier then
                            local score, after_score = cut(held, ':', 1)
                            local instant = sub(held, after_score)
                            local was_instant = earlier and sub(earlier, find(earlier, ':', 1, true) + 1)
                            if was_instant and was_instant ~= instant then drop(n, id, was_instant) end
                            add(n, id, score, instant)
                            has_changed = true
                        end
                    end
                    for period, held in pairs(before) do
                        local n = place_of(period)
                        if n then
                            drop(n, id, sub(held, find(held, ':', 1, true) + 1))
                            has_changed = true
                        elseif is_behind then
                            entry = entry .. ' ' .. period .. '=' .. held
                        end
                    end
                end
                latest = math.max(latest, second)
                insert(kept, id)
                insert(kept, entry)
                insert(written, {groups[place], second, has_changed})
            end
        end
        for n, names in pairs(drops) do redis.call('ZREM', KEYS[n] .. suffix, unpack(names)) end
        for n, pairs_of_both in pairs(adds) do
            redis.call('ZADD', KEYS[n] .. suffix, unpack(pairs_of_both))
            -- Counted from the readings' own time, which need not be the server's.
            if expiries[n] > 0 then
                redis.call('EXPIRE', KEYS[n] .. suffix, math.max(expiries[n] - latest, 60))
            end
        end
        if #kept > 0 then redis.call('HSET', state, unpack(kept)) end
        return written
    end

    if token ~= '' then
        if redis.call('GET', KEYS[2]) ~= token then return -1 end
        redis.call('PEXPIRE', KEYS[2], ARGV[2])
        write(':next')
        return 0
    end

    local changes, latest = 0, 0
    if redis.call('HEXISTS', KEYS[1], 'built') == 1 then
        for _, one in ipairs(write('')) do
            local groups, second, has_changed = unpack(one)
            local from, group = 1, nil
            while groups ~= '-' and from <= #groups do
                group, from = cut(groups, ',', from)
                local has_moved = sub(group, 1, 1) == '!'
                if has_changed or has_moved then
                    redis.call('HINCRBY', KEYS[1], has_moved and sub(group, 2) or group, 1)
                end
            end
            if has_changed then changes, latest = changes + 1, math.max(latest, second) end
        end
    end
    if changes > 0 then
        redis.call('HINCRBY', KEYS[1], 'revision', 1)
        redis.call('HSET', KEYS[1], 'changed', latest)
    end
    if redis.call('EXISTS', KEYS[2]) == 1 then write(':next') end
    return changes
    """,
)

BEGIN = script(
    "board-begin",
    """
    -- KEYS as for write; ARGV token, milliseconds. 1 where the caller may build, 0 where somebody else does.
    if not redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
    for place = 3, #KEYS do redis.call('UNLINK', KEYS[place] .. ':next') end
    return 1
    """,
)

FINISH = script(
    "board-finish",
    """
    -- KEYS as for write; ARGV token, second. 1 where the built keys now are the board, 0 where the lock was lost.
    if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
    for place = 3, #KEYS do
        local successor = KEYS[place] .. ':next'
        redis.call('UNLINK', KEYS[place])
        if redis.call('EXISTS', successor) == 1 then redis.call('RENAME', successor, KEYS[place]) end
    end
    redis.call('HSET', KEYS[1], 'built', ARGV[2], 'changed', ARGV[2])
    redis.call('HINCRBY', KEYS[1], 'revision', 1)
    redis.call('DEL', KEYS[2])
    return 1
    """,
)

READ = script(
    "board-read",
    """
    -- KEYS about, state, order, order of the previous period
    -- ARGV period, previous period or '', first place, last place, id of the member they are counted around or ''
    -- Nothing where the board is not complete; else its size, the second of its last change, the first place that is
    -- given, the names with their scores, and the places they had in the previous period (-1: none).
    local about = redis.call('HMGET', KEYS[1], 'built', 'changed')
    if not about[1] then return false end

    local function name(id, entry, period)
        local _, last = string.find(entry or '', ' ' .. period .. '=', 1, true)
        local instant = last and string.match(entry, '^%d+:(%x+)', last + 1)
        return instant and instant .. id
    end

    local size, first, last = redis.call('ZCARD', KEYS[3]), tonumber(ARGV[3]), tonumber(ARGV[4])
    if ARGV[5] ~= '' then
        local own = name(ARGV[5], redis.call('HGET', KEYS[2], ARGV[5]), ARGV[1])
        local place = own and redis.call('ZREVRANK', KEYS[3], own)
        if not place then return {size, about[2], 0, {}, {}} end
        first, last = math.max(place + first, 0), place + last
    elseif first < 0 then
        first, last = math.max(size + first, 0), size + last
    end
    local rows, before = redis.call('ZRANGE', KEYS[3], first, last, 'REV', 'WITHSCORES'), {}
    if ARGV[2] ~= '' and #rows > 0 then
        local ids = {}
        for place = 1, #rows, 2 do table.insert(ids, string.sub(rows[place], 14)) end
        for place, entry in ipairs(redis.call('HMGET', KEYS[2], unpack(ids))) do
            local earlier = name(ids[place], entry, ARGV[2])
            before[place] = earlier and redis.call('ZREVRANK', KEYS[4], earlier) or -1
        end
    end
    return {size, about[2], first, rows, before}
    """,
)
